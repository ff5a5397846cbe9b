//! The built web pages of the console, embedded.
//!
//! ```text
//!  console/ ── npm run build ──▶ console/dist ── rust-embed ──▶ this crate ──▶ HTTP server
//! ```
//!
//! A build of the program never calls npm: without built pages the crate is empty, and [`find`] gives a page that says
//! so instead of a blank one. Files below `assets/` carry a hash in their name and may be kept for ever; `index.html`
//! must be asked for each time.
//!
//! ```
//! let page = civitas_console_assets::find("/proposals/7", civitas_console_assets::Accepted::default());
//! assert!(page.content_type.starts_with("text/html"));
//! ```
//!
//! It never reads a file at run time.

use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;

/// The pages.
#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Pages;

/// The start page: all addresses that name no file are its.
const START: &str = "index.html";
/// Where files with a hash in their name stand.
const HASHED: &str = "assets/";
/// What is shown without built pages.
const MISSING: &str = include_str!("missing.html");

/// Encodings that a client takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accepted {
    /// Brotli.
    pub brotli: bool,
    /// Gzip.
    pub gzip: bool,
}

/// A file for a client.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its type.
    pub content_type: &'static str,
    /// How its bytes are compressed.
    pub encoding: Option<&'static str>,
    /// Whether it never changes under its name.
    pub immutable: bool,
    /// Whether it is there: the start page answers for addresses of the pages, and for nothing else.
    pub found: bool,
    /// SHA-256 of the file.
    pub hash: [u8; 32],
}

/// Whether the pages were built into the program.
pub fn is_built() -> bool {
    Pages::get(START).is_some()
}

/// The file of an address, or the start page for the address of a page.
pub fn find(path: &str, accepted: Accepted) -> Asset {
    let name = path.trim_start_matches('/');
    let name = if name.is_empty() { START } else { name };
    if let Some(asset) = file(name, accepted) {
        return asset;
    }
    // An address with a dot in its last part names a file: a page instead of it would hide the fault.
    let is_file = name.starts_with(HASHED)
        || name
            .rsplit('/')
            .next()
            .is_some_and(|last| last.contains('.') && !last.starts_with("did:"));
    match file(START, accepted) {
        Some(start) if !is_file => start,
        Some(_) => Asset {
            bytes: Cow::Borrowed(b"There is no such file."),
            content_type: "text/plain; charset=utf-8",
            encoding: None,
            immutable: false,
            found: false,
            hash: [0; 32],
        },
        None => Asset {
            bytes: Cow::Borrowed(MISSING.as_bytes()),
            content_type: "text/html; charset=utf-8",
            encoding: None,
            immutable: false,
            found: !is_file,
            hash: [1; 32],
        },
    }
}

fn file(name: &str, accepted: Accepted) -> Option<Asset> {
    let compressed = |suffix: &str, encoding: &'static str| {
        let file = Pages::get(&format!("{name}{suffix}"))?;
        Some(asset(name, file, Some(encoding)))
    };
    let brotli = accepted.brotli.then(|| compressed(".br", "br")).flatten();
    let gzip = || accepted.gzip.then(|| compressed(".gz", "gzip")).flatten();
    let plain = || Pages::get(name).map(|file| asset(name, file, None));
    brotli.or_else(gzip).or_else(plain)
}

fn asset(name: &str, file: EmbeddedFile, encoding: Option<&'static str>) -> Asset {
    Asset {
        hash: file.metadata.sha256_hash(),
        bytes: file.data,
        content_type: content_type(name),
        encoding,
        immutable: name.starts_with(HASHED),
        found: true,
    }
}

/// The type of a file, by its name: what the pages are made of, and bytes for the rest.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_an_answer_with_and_without_a_build() {
        for path in ["/", "/proposals/7", "/identities/did:civitas:00"] {
            let page = find(path, Accepted::default());
            assert!(page.found, "{path}");
            assert_eq!(page.content_type, "text/html; charset=utf-8", "{path}");
            assert!(!page.immutable);
            assert!(!page.bytes.is_empty());
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_no_page() {
        for path in ["/assets/index-0000.js", "/favicon.nothing"] {
            assert!(!find(path, Accepted::default()).found, "{path}");
        }
    }

    #[test]
    fn types_of_files() {
        assert_eq!(content_type("assets/a-1.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("assets/a"), "application/octet-stream");
    }
}
