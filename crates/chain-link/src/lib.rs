//! What drivers of foreign chains have in common: several endpoints of one chain, none of which is believed.
//!
//! ```text
//!  ForeignChain ─▶ Driver<P> ─▶ P: Protocol ──▶ Links ──▶ Link url 1 ─▶ Endpoint: rest, counts, bound in time
//!   (ports)                      one kind         │       Link url 2 ─▶ Endpoint
//!                                of chain         └ the one that is furthest is asked first; one that fails or lies rests,
//!                                                   and the next one is asked
//! ```
//!
//! Invariants:
//! - Every endpoint is asked before an error is given, and the error tells the worst of what they did.
//! - An endpoint that failed or lied rests while there is another one. It says again which chain it is before it is asked
//!   anything else: another node may answer then.
//! - Only blocks are asked for that are final as the furthest endpoint says.
//!
//! ```
//! use civitas_chain_link::Endpoint;
//! let endpoint = Endpoint::new("https://user:password@node.example/key", std::time::Duration::from_secs(30));
//! assert_eq!(endpoint.name(), "https://node.example");
//! assert!(!endpoint.is_resting());
//! ```
//!
//! It never opens a connection, and knows no chain: what is sent, and what an answer means, is the business of a driver.

mod driver;
mod endpoint;
mod error;
mod links;

pub use driver::{Driver, Protocol};
pub use endpoint::{Endpoint, Link, MESSAGE_CHARS_MAX, shown};
pub use error::LinkError;
pub use links::{Links, URLS_MAX};
