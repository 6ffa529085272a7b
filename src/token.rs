//! Signed recipient tokens.
