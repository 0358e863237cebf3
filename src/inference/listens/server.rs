//! What server programs listen on when they are started without a port.

use super::arguments::Token;
use super::{Listening, Strength};

/// Adds the default of the server program that a command starts, if it was told no port.
pub(super) fn defaults(tokens: &[Token<'_>], found: &mut Listening) {
    if found.tcp().any(|listen| listen.strength == Strength::Told) {
        return;
    }
    let base = |token: &Token<'_>| token.text.rsplit('/').next().unwrap_or_default().to_owned();
    let words: Vec<_> = tokens.iter().map(base).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    // Each program's own documentation.
    let known = if has("uvicorn") || has("gunicorn") || has("hypercorn") || has("daphne") {
        (8000, "the ASGI or WSGI server's default")
    } else if has("flask") && has("run") {
        (5000, "flask's default")
    } else if has("runserver") || has("http.server") {
        (8000, "the server's default")
    } else if has("streamlit") && has("run") {
        (8501, "streamlit's default")
    } else if has("redis-server") {
        (6379, "redis-server's default")
    } else {
        return;
    };
    found.add(known.0, Strength::Usual, known.1, None);
}
