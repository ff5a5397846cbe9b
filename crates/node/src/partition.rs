//! What makes a ledger a partition of a city: it follows the main ledger of the same node.
//!
//! ```text
//!  main ledger of this node ──▶ MainLedger ──┬─▶ application   which main block a payload names, frozen or not
//!        (blocks, state)                     ├─▶ LinkedStore   the system contracts' storage is the main ledger's
//!                                            └─▶ pool          the door of a frozen ledger
//!  Ledgers (registry), block of creation ──▶ genesis
//! ```
//!
//! Everything else of a partition ledger is what every ledger has (`ledger`): store, pool, application, ordering. Which
//! partitions a node runs, and on which threads, stands in `partitions`.
//!
//! Invariants: the genesis follows from the main ledger's state at the ledger's creation alone; the main block that
//! payloads name never goes back; blocks are executed on the state of exactly that main block, on every node (ADR 8).

pub mod genesis;
pub mod main_ledger;
pub mod membership;
pub mod state;

pub use genesis::{GenesisFault, derive};
pub use main_ledger::{LinkFault, MainLedger};
pub use membership::PartitionMembership;
pub use state::LinkedStore;
