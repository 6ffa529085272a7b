export default function debug() {}
