//! Runs Solidity compilers, and says whether a source is that of a contract.
//!
//! ```text
//!  soljson.js ──▶ bundle (module, names) ──▶ cache (machine code, once) ──▶ engine + host ──▶ Standard JSON
//!                                                                                                │
//!                          code on the ledger ──▶ compare (metadata, libraries, immutables) ◀────┘ ──▶ verify
//! ```
//!
//! The compiler is the one that everybody uses, `solc`, built for WebAssembly by its authors. It is a file beside the
//! program, never a part of it: its licence is the GPL-3.0, and a new release needs no new program. It runs in `wasmtime`
//! with bounds of time, memory, stack and input, without clock, files and network, so that it gives the same answer to the
//! same input everywhere, and a hostile source costs no more than those bounds.
//!
//! ```
//! use civitas_solidity::{Compilers, Metadata};
//!
//! // Code that was compiled by 0.8.30, without a hash of its metadata.
//! let code = [0x60, 0x00, 0xa1, 0x64, 0x73, 0x6f, 0x6c, 0x63, 0x43, 0x00, 0x08, 0x1e, 0x00, 0x0a];
//! let metadata = Metadata::of(&code).ok_or("no metadata")?;
//! let compilers = Compilers::new("/var/lib/civitas/compilers".into(), "/tmp/compiled".into());
//! // None is installed there, so that it is not found.
//! let version = metadata.compiler.ok_or("no version")?;
//! assert!(compilers.release(&version).is_err());
//! # Ok::<(), &str>(())
//! ```
//!
//! It fetches nothing: neither compilers, nor sources, nor code of contracts.

mod bundle;
mod cache;
mod compare;
mod compilers;
mod engine;
mod error;
mod host;
mod imports;
mod input;
mod metadata;
mod verify;
mod version;

pub use compare::{Difference, Hint, Match};
pub use compilers::{COMPILATION_TIME_MAX, Compilers, Found, INPUT_BYTES_MAX, Release};
pub use error::{BundleError, Error};
pub use input::{Input, InputError, SingleFile};
pub use metadata::Metadata;
pub use verify::{Claim, Message, Refusal, Verified, verify};
pub use version::Version;
