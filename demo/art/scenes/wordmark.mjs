// The brand's name as mails need it: a picture on white.
import { svg, tern } from "../draw.mjs";

export default { id: "wordmark", width: 480, height: 112, svg: svg(480, 112, "", `<rect width="480" height="112" fill="#fff"/><circle cx="58" cy="56" r="46" fill="#12423f"/>${tern(54, 62, 0.62)}<text x="122" y="57" dominant-baseline="central" font-family="Familjen" font-weight="700" font-size="70" letter-spacing="-2" fill="#12423f">Ternfell</text>`) };
