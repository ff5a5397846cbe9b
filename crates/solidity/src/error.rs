//! What can go wrong with compilers, compilations and verifications.

use std::{path::PathBuf, time::Duration};
use thiserror::Error;

/// Why a `soljson.js` cannot be used.
#[derive(Debug, Error)]
pub enum BundleError {
    /// Something that every release from 0.6.0 on has is not there.
    #[error("{what} is not found in it: it is no soljson.js of Solidity 0.6.0 or later")]
    Pattern {
        /// What is missing.
        what: &'static str,
    },
    /// What it carries cannot be unpacked.
    #[error("the module in it is damaged")]
    Packing,
    /// It is larger than any compiler.
    #[error("it is larger than {bytes_max} bytes")]
    TooLarge {
        /// What is read, at most.
        bytes_max: u64,
    },
    /// It cannot be read.
    #[error("it cannot be read")]
    Read {
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Why a compiler did not answer.
#[derive(Debug, Error)]
pub enum Error {
    /// No compiler of that version is there.
    #[error("there is no compiler {version} here")]
    UnknownVersion {
        /// The version that was asked for.
        version: String,
    },
    /// The file of the compiler cannot be used.
    #[error("{} cannot be used", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: BundleError,
    },
    /// What was compiled cannot be kept.
    #[error("cannot write {}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The module does not load, or asks for what it is not given.
    #[error("the compiler cannot be loaded")]
    Module {
        /// Why not.
        #[source]
        source: wasmtime::Error,
    },
    /// It has not been made ready yet.
    #[error("the compiler {version} has not been made ready")]
    NotReady {
        /// Its version.
        version: String,
    },
    /// The input is larger than a compilation may be.
    #[error("the input has {bytes} bytes, at most {bytes_max} are compiled")]
    InputTooLarge {
        /// Its size.
        bytes: usize,
        /// What is compiled.
        bytes_max: usize,
    },
    /// It took too long.
    #[error("the compilation was stopped after {} seconds", after.as_secs())]
    Deadline {
        /// How long it may take.
        after: Duration,
    },
    /// It wanted too much memory.
    #[error("the compilation was stopped: it wanted more than {bytes_max} bytes of memory")]
    Memory {
        /// How much it may have.
        bytes_max: usize,
    },
    /// It called itself too deeply.
    #[error("the compilation was stopped: its input is nested too deeply")]
    Depth,
    /// It gave up by itself.
    #[error("the compiler gave up: {said}")]
    GaveUp {
        /// What it said last; empty if nothing.
        said: String,
    },
    /// It failed in another way.
    #[error("the compiler failed")]
    Failed {
        /// How.
        #[source]
        source: wasmtime::Error,
    },
    /// What it answered is not the JSON that compilers give.
    #[error("the answer of the compiler cannot be read")]
    Answer {
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A thread could not be started.
    #[error("a thread for the compiler cannot be started")]
    Thread {
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The thread of the compiler ended without an answer.
    #[error("the thread of the compiler ended without an answer")]
    Died,
}
