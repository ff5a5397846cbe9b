//! The rules of the house that a machine can check. A rule has no exceptions, or it is no rule.
//!
//! - layers: an edge of the dependency graph goes strictly down (within layer 0 towards `types`);
//! - every Rust file opens with `//!`, has at most [`FILE_LINES_MAX`] lines without its tests, and no function
//!   of more than [`FUNCTION_LINES_MAX`] lines;
//! - no left-over marks ("fix me"), and no mark of work to do without the number of an issue;
//! - crate `ports` has at most [`PORTS_MAX`] traits.

use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const PORTS_MAX: usize = 8;

/// Checks everything, prints each finding, returns their number.
pub fn run() -> Result<usize> {
    // Asked when it runs: where this was compiled may be another copy of the repository, with the same build folder.
    let own = std::env::var("CARGO_MANIFEST_DIR").context("run it as `cargo xtask tidy`")?;
    let root = Path::new(&own).join("..").canonicalize()?;
    let mut findings = layers(&root)?;
    let mut ports = 0;
    for path in rust_files(&root)? {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        findings.extend(check_file(&name, &text));
        if name.starts_with("crates/ports/src") {
            ports += production(&text)
                .iter()
                .filter(|line| line.starts_with("pub trait "))
                .count();
        }
    }
    if ports > PORTS_MAX {
        findings.push(format!(
            "crates/ports: {ports} traits, at most {PORTS_MAX} keep it one page"
        ));
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    Ok(findings.len())
}

fn rust_files(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"])
        .output()
        .context("cannot run git")?;
    let names = String::from_utf8(output.stdout)?;
    Ok(names
        .lines()
        .map(|name| root.join(name))
        .filter(|path| path.is_file())
        .collect())
}

fn layers(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .context("cannot run cargo")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata gave no JSON")?;
    let empty = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&empty);
    let layer_of: BTreeMap<&str, u64> = packages
        .iter()
        .filter_map(|package| {
            Some((
                package["name"].as_str()?,
                package["metadata"]["civitas"]["layer"].as_u64()?,
            ))
        })
        .collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(&layer) = layer_of.get(name) else {
            findings.push(format!(
                "{name}: Cargo.toml states no layer ([package.metadata.civitas] layer = N)"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap_or(&empty) {
            let target = dependency["name"].as_str().unwrap_or_default();
            // Tests may join what production must not: only the edges of the program count.
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let Some(&below) = layer_of.get(target) else {
                continue;
            };
            let allowed = below < layer || (layer == 0 && target == "civitas-types");
            if !allowed {
                findings.push(format!(
                    "{name} (layer {layer}) depends on {target} (layer {below}): edges go strictly down"
                ));
            }
        }
    }
    Ok(findings)
}

/// The lines before the first test module.
fn production(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{'))
        .unwrap_or(lines.len());
    lines[..end].to_vec()
}

fn is_test_file(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("/tests.rs") || name.contains("/benches/")
}

fn check_file(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(format!("{name}: opens without module documentation (`//!`)"));
    }
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.contains(concat!("FIX", "ME")) {
            findings.push(format!(
                "{name}:{number}: {} cannot be merged",
                concat!("FIX", "ME")
            ));
        }
        if line.contains(concat!("// TO", "DO")) && !line.contains('#') {
            findings.push(format!(
                "{name}:{number}: a {} carries the number of an issue",
                concat!("TO", "DO")
            ));
        }
    }
    if is_test_file(name) {
        return findings;
    }
    let lines = production(text);
    if lines.len() > FILE_LINES_MAX {
        findings.push(format!(
            "{name}: {} lines without tests, at most {FILE_LINES_MAX}",
            lines.len()
        ));
    }
    for (start, length) in long_functions(&lines) {
        findings.push(format!(
            "{name}:{start}: a function of {length} lines, at most {FUNCTION_LINES_MAX}"
        ));
    }
    findings
}

/// First line (from 1) and length of functions that are too long. Relies on rustfmt: the closing brace of a
/// function stands alone at the function's indentation.
fn long_functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        if !is_function(code) {
            continue;
        }
        let indentation = &line[..line.len() - code.len()];
        let closing = format!("{indentation}}}");
        let length = lines[index..]
            .iter()
            .position(|line| *line == closing)
            .map_or(1, |offset| offset + 1);
        let has_body = lines[index..]
            .iter()
            .find(|line| line.ends_with('{') || line.ends_with(';') || line.ends_with('}'));
        if has_body.is_some_and(|line| line.ends_with('{')) && length > FUNCTION_LINES_MAX {
            found.push((index + 1, length));
        }
    }
    found
}

fn is_function(code: &str) -> bool {
    let mut words = code.split_whitespace().skip_while(|word| {
        matches!(*word, "async" | "const" | "unsafe" | "extern") || word.starts_with("pub")
    });
    words.next() == Some("fn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_functions_are_found_and_short_ones_are_not() {
        let body = "        let x = 1;\n".repeat(80);
        let text = format!(
            "impl A {{\n    pub(crate) async fn long() {{\n{body}    }}\n\n    fn short() {{\n    }}\n}}\n"
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(long_functions(&lines), [(2, 82)]);
    }

    #[test]
    fn a_file_without_documentation_is_found() {
        assert_eq!(check_file("crates/a/src/lib.rs", "fn main() {}\n").len(), 1);
        assert!(check_file("crates/a/src/lib.rs", "//! Words.\nfn main() {}\n").is_empty());
    }

    #[test]
    fn tests_do_not_count_towards_the_size_of_a_file() {
        let text = format!(
            "//! Words.\n{}#[cfg(test)]\nmod tests {{\n{}}}\n",
            "\n".repeat(590),
            "\n".repeat(500)
        );
        assert!(check_file("crates/a/src/lib.rs", &text).is_empty());
    }
}
