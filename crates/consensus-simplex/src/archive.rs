//! The two archives of what is final: payloads and certificates, by height.
//!
//! Append-only tables on disk that take almost no memory however long the ledger grows (the alternative in
//! the same library keeps some forty bytes in memory for every height, forever). Every height is synced
//! before it is delivered. Sizes below are fixed for the life of the data.

use crate::{
    block::Block,
    config::{REPLAY_BYTES, WRITE_BYTES},
    types::{Digest, Finalization},
    voting::failed,
};
use civitas_ports::OrderingError;
use commonware_codec::Codec;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::archive::immutable::{Archive, Config};
use commonware_utils::NZU64;
use std::{num::NonZeroU64, sync::Arc};

/// Payloads by height.
pub(crate) type Payloads<E> = Archive<E, Digest, Arc<Block>>;
/// Certificates by height.
pub(crate) type Certificates<E> = Archive<E, Digest, Finalization>;

/// Slots of the table at the start (44 bytes each); it doubles when half of them have filled.
const TABLE_SLOTS: u32 = 16 * 1024;
/// Entries of a slot before it counts as full.
const TABLE_RESIZE_FREQUENCY: u8 = 4;
/// Slots that one sync moves while the table doubles.
const TABLE_RESIZE_SLOTS: u32 = 4 * 1024;
/// Bytes of a file of values before the next one is begun.
const FILE_BYTES: u64 = 256 * 1024 * 1024;
/// Heights in a section of the index.
const SECTION_HEIGHTS: NonZeroU64 = NZU64!(65_536);

/// Opens the archive `name`.
pub(crate) async fn open<E, V>(
    context: E,
    name: String,
    page_cache: CacheRef,
    codec_config: V::Cfg,
) -> Result<Archive<E, Digest, V>, OrderingError>
where
    E: commonware_storage::Context,
    V: Codec + Send + Sync,
{
    let config = Config {
        metadata_partition: format!("{name}-metadata"),
        freezer_table_partition: format!("{name}-table"),
        freezer_table_initial_size: TABLE_SLOTS,
        freezer_table_resize_frequency: TABLE_RESIZE_FREQUENCY,
        freezer_table_resize_chunk_size: TABLE_RESIZE_SLOTS,
        freezer_key_partition: format!("{name}-keys"),
        freezer_key_page_cache: page_cache,
        freezer_value_partition: format!("{name}-values"),
        freezer_value_target_size: FILE_BYTES,
        freezer_value_compression: None,
        ordinal_partition: format!("{name}-heights"),
        items_per_section: SECTION_HEIGHTS,
        freezer_key_write_buffer: WRITE_BYTES,
        freezer_value_write_buffer: WRITE_BYTES,
        ordinal_write_buffer: WRITE_BYTES,
        replay_buffer: REPLAY_BYTES,
        codec_config,
    };
    Archive::init(context, config)
        .await
        .map_err(|source| failed("opening an archive of final payloads", source))
}
