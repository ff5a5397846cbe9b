//! Compiled compilers on disk. Compiling the module of a compiler to machine code takes half a minute of one core; what
//! comes of it is kept, and mapped into memory by each run.
//!
//! A file counts only with its digest beside it, which is checked before each use; wasmtime itself checks its own version,
//! the settings and the processor. Whatever does not fit is built again.

use crate::{engine, error::Error};
use alloy_primitives::{B256, hex};
use aws_lc_rs::digest::{Context, Digest, SHA256, digest};
use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};
use wasmtime::{Engine, Module};

/// Bytes that are read at once while a file is checked.
const CHUNK_BYTES: usize = 256 * 1024;

/// A folder of compiled compilers.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, module: &B256) -> PathBuf {
        self.folder.join(format!("{}.cwasm", hex::encode(module)))
    }

    /// Whether something is kept for a module. It may still prove to be damaged.
    pub(crate) fn has(&self, module: &B256) -> bool {
        let path = self.path(module);
        path.is_file() && digest_path(&path).is_file()
    }

    /// Loads what is kept for a module; none if there is nothing that fits.
    pub(crate) fn load(&self, engine: &Engine, module: &B256) -> Option<Module> {
        let path = self.path(module);
        let told = std::fs::read_to_string(digest_path(&path)).ok()?;
        let mut file = File::open(&path).ok()?;
        if told.trim() != hex::encode(digest_of(&mut file).ok()?) {
            return None;
        }
        file.rewind().ok()?;
        deserialized(engine, file)
    }

    /// Compiles a module and keeps it.
    pub(crate) fn build(&self, engine: &Engine, hash: &B256, module: &[u8]) -> Result<(), Error> {
        let compiled = engine
            .precompile_module(module)
            .map_err(|source| Error::Module { source })?;
        let path = self.path(hash);
        let keep = || -> io::Result<()> {
            std::fs::create_dir_all(&self.folder)?;
            // The digest last: without it the file does not count.
            let _ = std::fs::remove_file(digest_path(&path));
            write(&path, &compiled)?;
            write(
                &digest_path(&path),
                hex::encode(digest(&SHA256, &compiled)).as_bytes(),
            )
        };
        keep().map_err(|source| Error::Cache {
            path: path.clone(),
            source,
        })
    }
}

#[expect(
    unsafe_code,
    reason = "wasmtime cannot check machine code; the digest says that it is what this program wrote into its own folder"
)]
fn deserialized(engine: &Engine, file: File) -> Option<Module> {
    // SAFETY: the content was written by `Cache::build`, whose digest was compared on the same open file, and nothing else
    // writes to the folder. A file of another version, other settings or another processor is refused by wasmtime.
    unsafe { Module::deserialize_open_file(engine, file).ok() }
}

fn digest_path(path: &Path) -> PathBuf {
    path.with_extension("cwasm.sha256")
}

fn digest_of(file: &mut File) -> io::Result<Digest> {
    let mut context = Context::new(&SHA256);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = file.read(&mut chunk)?;
        match chunk.get(..count) {
            None | Some([]) => return Ok(context.finish()),
            Some(part) => context.update(part),
        }
    }
}

/// Writes a file as a whole or not at all.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    let mut file = File::create(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&partial, path)
}

/// SHA-256 of a module.
pub(crate) fn hash(module: &[u8]) -> B256 {
    B256::from_slice(digest(&SHA256, module).as_ref())
}

/// An engine for one use.
pub(crate) fn fresh_engine() -> Result<Engine, Error> {
    engine::engine().map_err(|source| Error::Module { source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_is_not_loaded() {
        let folder = std::env::temp_dir().join(format!("civitas-solidity-cache-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let cache = Cache::new(folder.clone());
        // An empty module.
        let module = b"\0asm\x01\0\0\0";
        let hash = hash(module);
        let engine = fresh_engine().unwrap();
        assert!(!cache.has(&hash) && cache.load(&engine, &hash).is_none());
        cache.build(&engine, &hash, module).unwrap();
        assert!(cache.has(&hash) && cache.load(&engine, &hash).is_some());
        let path = cache.path(&hash);
        let mut content = std::fs::read(&path).unwrap();
        let last = content.len() - 1;
        content[last] ^= 1;
        std::fs::write(&path, &content).unwrap();
        assert!(cache.load(&engine, &hash).is_none(), "a flipped bit is found");
        cache.build(&engine, &hash, module).unwrap();
        assert!(
            cache.load(&engine, &hash).is_some(),
            "and what is built again loads"
        );
        std::fs::write(&path, b"not machine code").unwrap();
        std::fs::write(
            digest_path(&path),
            hex::encode(digest(&SHA256, b"not machine code")),
        )
        .unwrap();
        assert!(
            cache.load(&engine, &hash).is_none(),
            "wasmtime refuses what it did not write"
        );
        assert!(matches!(
            cache.build(&engine, &hash, b"no module"),
            Err(Error::Module { .. })
        ));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
