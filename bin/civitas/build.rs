//! Records the commit that the program is built from (`unknown` outside a checkout), and embeds the Solidity interfaces
//! of the system contracts, which the command line takes its words from.

use std::{env, fmt::Write, fs, io, path::Path, process::Command};

/// Where the interfaces stand, from this folder.
const INTERFACES: &str = "../../contracts/interfaces";

fn main() -> io::Result<()> {
    record_commit();
    embed_interfaces()
}

fn record_commit() {
    println!("cargo:rerun-if-changed=../../.git/HEAD");
    println!("cargo:rerun-if-changed=../../.git/refs/heads");
    let output = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output();
    let commit = output
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned());
    println!("cargo:rustc-env=CIVITAS_COMMIT={commit}");
}

/// Writes `interfaces.rs`: a slice of the texts of all interfaces, in the order of their file names.
fn embed_interfaces() -> io::Result<()> {
    println!("cargo:rerun-if-changed={INTERFACES}");
    let mut paths = Vec::new();
    for entry in fs::read_dir(INTERFACES)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sol") {
            paths.push(fs::canonicalize(path)?);
        }
    }
    paths.sort();
    let mut table = String::from("&[\n");
    for path in paths {
        println!("cargo:rerun-if-changed={}", path.display());
        writeln!(table, "    include_str!({:?}),", path.display().to_string()).map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&folder).join("interfaces.rs"), table)
}
