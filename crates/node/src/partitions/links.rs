//! The channels that all partition ledgers of a city share, and what each ledger may send on them.

use super::{CHANNELS, Switchboard};
use crate::batch::BATCH_BYTES_MAX;
use civitas_consensus_simplex as simplex;
use civitas_network::{
    Channel, ChannelReceiver, ChannelSender, NetworkError, PREFIX_BYTES_MAX, SwitchboardConfig,
};
use civitas_system_contracts::ledgers::MEMBERS_MAX;
use civitas_types::{NodeKey, PayloadLimits};
use commonware_runtime::tokio as runtime;
use commonware_utils::{NZU32, NZUsize};
use std::{num::NonZeroU32, num::NonZeroUsize, time::Duration};

/// Ledgers that one node runs at once, at most: each has threads, memory and a share of the links. Twice what the
/// registry gives a node, which runs a ledger that it was taken off until its last epoch there is over.
pub const LEDGERS_MAX: NonZeroU32 = NZU32!(32);
/// Nodes that a ledger is carried to, at most: its members, and as many again that order an epoch that began before
/// they left, or did so lately.
pub const AUDIENCE_MAX: usize = 2 * MEMBERS_MAX;
/// The first channel of partition ledgers; those of the main ledger stand below it.
const CHANNEL_FIRST: u64 = 32;
/// Messages of one ledger to one member, in a second and at once: several times what its blocks need.
const MESSAGES_PER_SECOND: u32 = 1_000;
const BURST: u32 = 16;
/// The largest payload that a registry admits (`LedgerParameters::check`).
const PAYLOAD_LIMITS: PayloadLimits = PayloadLimits {
    body_bytes_max: 8_388_608,
    transactions_max: 100_000,
};
/// How long a member stays cut off from a ledger whose protocol it broke: as long as a peer of the main ledger.
const BLOCK: Duration = Duration::from_secs(3_600);

/// Bytes of the largest message of any partition ledger, with its prefix. Equal on all nodes.
pub fn message_bytes_max() -> usize {
    simplex::message_bytes_max(PAYLOAD_LIMITS).max(BATCH_BYTES_MAX) + PREFIX_BYTES_MAX
}

/// Settings of the switchboard of the node `own` on a network with so large messages.
pub fn config(own: NodeKey, message_bytes_max: u32) -> SwitchboardConfig<CHANNELS> {
    let ids: [u64; CHANNELS] = [0, 1, 2, 3, 4, 5];
    SwitchboardConfig {
        own,
        channels: ids.map(|id| Channel::new(CHANNEL_FIRST + id, MESSAGES_PER_SECOND, BURST)),
        ledgers_max: LEDGERS_MAX,
        members_max: NonZeroUsize::new(AUDIENCE_MAX).unwrap_or(NZUsize!(1)),
        message_bytes_max,
        block: BLOCK,
    }
}

/// Starts the switchboard on the shared channels.
///
/// # Errors
/// See [`Switchboard::start`].
pub fn start(
    context: &runtime::Context,
    config: SwitchboardConfig<CHANNELS>,
    channels: [(ChannelSender<runtime::Context>, ChannelReceiver); CHANNELS],
) -> Result<Switchboard, NetworkError> {
    Switchboard::start(context, config, channels)
}
