//! Files that are whole or not there, and stay after a power cut.

use crate::GatewayError;
use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

/// Names the attempt and the file in an error.
pub(crate) fn failed(act: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> GatewayError {
    let path = path.to_owned();
    move |source| GatewayError::File { act, path, source }
}

/// Writes a file beside `path`, makes it durable, and puts it in its place.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<(), GatewayError> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside).map_err(failed("make", &beside))?;
    write(&mut file).map_err(failed("write", &beside))?;
    file.flush().map_err(failed("write", &beside))?;
    file.sync_all().map_err(failed("make durable", &beside))?;
    fs::rename(&beside, path).map_err(failed("put in place", path))?;
    sync_folder(path)
}

/// Makes what stands in the folder of `path` durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), GatewayError> {
    let folder = path.parent().unwrap_or(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("make durable", folder))
}
