//! Small files of JSON that are replaced as a whole and readable by their owner alone (they hold secrets of channels,
//! and names and labels of what rings).

use crate::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    marker::PhantomData,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A file that holds one value.
#[derive(Debug)]
pub(crate) struct JsonFile<T> {
    path: PathBuf,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> JsonFile<T> {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            value: PhantomData,
        }
    }

    /// The value, or `None` where there was never one.
    pub(crate) fn read(&self) -> Result<Option<T>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed(source)),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| Error::Damaged {
                path: self.path.clone(),
                source,
            })
    }

    /// Replaces the value; it is durable, or nothing has changed.
    pub(crate) fn write(&self, value: &T) -> Result<()> {
        let text = serde_json::to_vec_pretty(value).map_err(|source| Error::Damaged {
            path: self.path.clone(),
            source,
        })?;
        replace(&self.path, &text).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::File {
            path: self.path.clone(),
            source,
        }
    }
}

/// Replaces a file; what it holds is durable, or nothing has changed.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
