//! Watches the folder of the built pages, so that the next build of the program has the newest ones.

use std::{fs, io, path::Path};

/// Where the pages are built, seen from this crate.
const DIST: &str = "../../console/dist";

fn main() -> io::Result<()> {
    // A folder that does not exist cannot be watched: everything would be built again each time.
    fs::create_dir_all(Path::new(DIST))?;
    println!("cargo:rerun-if-changed={DIST}");
    println!("cargo:rerun-if-changed=build.rs");
    Ok(())
}
