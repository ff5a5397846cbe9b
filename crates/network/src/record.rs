//! Moves TLS records between the runtime's socket and a rustls connection.
//!
//! `Stream::recv` returns exactly the bytes that were asked for, so a record is read in two steps: its header,
//! then its body, whose length is bounded by the standard before anything is allocated.

use crate::LinkError;
use commonware_runtime::{Buf as _, IoBuf, IoBufs, Sink, Stream};
use rustls::Connection;

/// Type, version and length (RFC 8446, 5.1).
const HEADER_BYTES: usize = 5;
/// The longest body of a protected record (RFC 8446, 5.2).
const BODY_BYTES_MAX: usize = (1 << 14) + 256;
/// Content types change_cipher_spec to application_data (RFC 8446, 5.1).
const CONTENT_TYPES: std::ops::RangeInclusive<u8> = 20..=23;
/// Major version byte of every TLS record.
const VERSION_MAJOR: u8 = 3;
/// A mutual handshake takes below 8 KiB; a long chain of certificates some more.
const HANDSHAKE_BYTES_MAX: usize = 64 * 1024;

/// Reads one record.
pub(crate) async fn read_record<I: Stream>(stream: &mut I) -> Result<(IoBuf, IoBuf), LinkError> {
    let failed = |source| LinkError::Connection {
        attempt: "reading",
        source,
    };
    let header = stream.recv(HEADER_BYTES).await.map_err(failed)?.coalesce();
    let [kind, major, _, high, low] = *header.as_ref() else {
        return Err(LinkError::NotTls);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !CONTENT_TYPES.contains(&kind) || major != VERSION_MAJOR || length == 0 || length > BODY_BYTES_MAX {
        return Err(LinkError::NotTls);
    }
    let body = stream.recv(length).await.map_err(failed)?.coalesce();
    Ok((header, body))
}

/// Gives one record to the connection, and processes it.
pub(crate) fn feed(connection: &mut Connection, record: &(IoBuf, IoBuf)) -> Result<(), LinkError> {
    let mut bytes = record.0.as_ref().chain(record.1.as_ref()).reader();
    let length = record.0.len() + record.1.len();
    let mut fed = 0;
    while fed < length {
        match connection.read_tls(&mut bytes) {
            Ok(count) if count > 0 => fed += count,
            // After close_notify the library takes no more bytes.
            Ok(_) => return Err(LinkError::Closed),
            Err(_) => return Err(LinkError::NotTls),
        }
    }
    connection
        .process_new_packets()
        .map(|_| ())
        .map_err(LinkError::Tls)
}

/// Takes what the connection has to send.
pub(crate) fn drain(connection: &mut Connection, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    while connection.wants_write() && connection.write_tls(out).is_ok_and(|count| count > 0) {}
}

/// Sends what the connection has to send.
pub(crate) async fn flush<O: Sink>(connection: &mut Connection, sink: &mut O) -> Result<(), LinkError> {
    let mut out = Vec::new();
    drain(connection, &mut out);
    if out.is_empty() {
        return Ok(());
    }
    sink.send(IoBufs::from(out))
        .await
        .map_err(|source| LinkError::Connection {
            attempt: "writing",
            source,
        })
}

/// Runs the handshake to its end. On an error the peer is told by an alert, if it still listens.
///
/// A peer that refuses sends its alert and closes, often while this end still has something to write. So a
/// failed write does not end the handshake at once: what the peer said before it closed is read first.
pub(crate) async fn handshake<I: Stream, O: Sink>(
    connection: &mut Connection,
    stream: &mut I,
    sink: &mut O,
) -> Result<(), LinkError> {
    let mut bytes_left = HANDSHAKE_BYTES_MAX;
    let mut written = Ok(());
    loop {
        if written.is_ok() {
            written = flush(connection, sink).await;
        }
        if !connection.is_handshaking() {
            return written;
        }
        let record = match read_record(stream).await {
            Ok(record) => record,
            Err(error) => return Err(written.err().unwrap_or(error)),
        };
        bytes_left =
            bytes_left
                .checked_sub(record.0.len() + record.1.len())
                .ok_or(LinkError::HandshakeTooLong {
                    bytes_max: HANDSHAKE_BYTES_MAX,
                })?;
        if let Err(error) = feed(connection, &record) {
            // The alert is a courtesy; the first error is the one that counts.
            let _ = flush(connection, sink).await;
            return Err(error);
        }
    }
}
