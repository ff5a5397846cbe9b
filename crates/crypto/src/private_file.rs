//! Files that hold a private key: created for their owner alone, and refused when others can read them.
//!
//! The permissions are part of the creating system call, so there is no moment at which another user could
//! open the file; they are checked on the open handle, so that the file that is checked is the one that is read.

use crate::KeyError;
use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};
use zeroize::Zeroizing;

/// Owner reads and writes, nobody else does anything.
const OWNER_ONLY: u32 = 0o600;
/// The permission bits of group and others.
const OTHERS: u32 = 0o077;
/// The permission bits, without the file type.
const PERMISSION_BITS: u32 = 0o7777;
/// A PEM private key of any suite of ours is below 4 KiB; more is not a key.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// Creates `path` with the text of a secret (a PEM key) inside, for its owner alone, durably. Never overwrites.
///
/// # Errors
/// [`KeyError::Exists`] and [`KeyError::File`].
pub fn create(path: &Path, pem: &str) -> Result<(), KeyError> {
    let failed = |attempt, source| KeyError::File {
        attempt,
        path: path.to_path_buf(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(path)
        .map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => KeyError::Exists {
                path: path.to_path_buf(),
            },
            _ => failed("create the private key", source),
        })?;
    file.write_all(pem.as_bytes())
        .map_err(|source| failed("write the private key", source))?;
    file.sync_all()
        .map_err(|source| failed("write the private key", source))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| failed("make durable the folder of", source))?;
    }
    Ok(())
}

/// Reads `path`, the text of a secret, if it belongs to its owner alone.
///
/// # Errors
/// [`KeyError::ReadableByOthers`], [`KeyError::NotAKeyFile`], [`KeyError::File`].
pub fn read(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let failed = |source| KeyError::File {
        attempt: "read the private key",
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(KeyError::NotAKeyFile {
            path: path.to_path_buf(),
            bytes_max: FILE_BYTES_MAX,
        });
    }
    let mode = metadata.mode() & PERMISSION_BITS;
    if mode & OTHERS != 0 {
        return Err(KeyError::ReadableByOthers {
            path: path.to_path_buf(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    // The bound holds even if the file grows between the two calls.
    file.take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(text)
}
