//! Modules of the library whose tests stand beside them. The library is not built a second time for its own tests, so
//! they run here.

#[expect(dead_code, reason = "the library uses more of it than its tests")]
#[path = "../../src/partitions/audience.rs"]
mod audience;
#[path = "../../src/partitions/departures.rs"]
mod departures;
#[cfg(target_os = "linux")]
#[expect(unused_imports, reason = "the library uses what its tests take from within")]
#[path = "../../src/priority.rs"]
mod priority;

use civitas_node::partitions::links;
