//! The two halves of an established link: messages with a 4-byte length, inside TLS.
//!
//! Both halves share the TLS connection behind a mutex that is held for computing only, never across an
//! await. Many messages go out in one write, in full records, so small messages cost no record each.

use crate::{
    LinkError,
    live::{CutFlag, Registration},
    record,
};
use commonware_runtime::{BufMut as _, IoBuf, IoBufMut, IoBufs, Sink, Stream};
use commonware_stream::{Receiver, Sender};
use futures::future::{Either, select};
use parking_lot::Mutex;
use rustls::Connection;
use std::{
    io::{BufRead as _, ErrorKind, IoSlice, Write as _},
    pin::pin,
    sync::Arc,
};

/// Length prefix of a message, big endian.
const LENGTH_BYTES: usize = 4;
/// Plaintext that is encrypted in one hold of the mutex, so that receiving goes on during a large send.
const LOCKED_BYTES_MAX: usize = 256 * 1024;
/// Plaintext of a full record, and what a record adds to it (header, content type, tag).
const RECORD_BYTES: usize = 1 << 14;
const RECORD_OVERHEAD_BYTES: usize = 22;

/// Makes the halves of a link whose handshake is done.
pub(crate) fn split<I: Stream, O: Sink>(
    connection: Connection,
    stream: I,
    sink: O,
    bytes_max: u32,
) -> (LinkSender<O>, LinkReceiver<I>) {
    let connection = Arc::new(Mutex::new(connection));
    let sender = LinkSender {
        connection: connection.clone(),
        sink,
        bytes_max,
        cut: CutFlag::default(),
    };
    (
        sender,
        LinkReceiver {
            connection,
            stream,
            bytes_max,
            partial: Partial::default(),
            registration: None,
        },
    )
}

/// The sending half of a link.
pub struct LinkSender<O> {
    connection: Arc<Mutex<Connection>>,
    sink: O,
    bytes_max: u32,
    cut: CutFlag,
}

impl<O: Sink> LinkSender<O> {
    /// Sending fails from the moment on at which the link is cut.
    pub(crate) fn end_with(&mut self, registration: &Registration) {
        self.cut = registration.flag();
    }

    /// Encrypts the messages into one buffer.
    fn seal(&self, messages: &[IoBufs]) -> Result<Vec<u8>, LinkError> {
        let prefixes = messages
            .iter()
            .map(|message| self.prefix(message))
            .collect::<Result<Vec<_>, _>>()?;
        let mut pieces: Vec<&[u8]> = Vec::with_capacity(messages.len() * 2);
        for (prefix, message) in prefixes.iter().zip(messages) {
            pieces.push(prefix);
            pieces.extend((0..message.chunk_count()).filter_map(|index| message.chunk_at(index)));
        }
        let total: usize = pieces.iter().map(|piece| piece.len()).sum();
        let records = total / RECORD_BYTES + total / LOCKED_BYTES_MAX + 2;
        let mut out = Vec::with_capacity(total + records * RECORD_OVERHEAD_BYTES);
        for batch in batches(&pieces) {
            let mut connection = self.connection.lock();
            write_all(&mut connection, &batch)?;
            record::drain(&mut connection, &mut out);
        }
        Ok(out)
    }

    fn prefix(&self, message: &IoBufs) -> Result<[u8; LENGTH_BYTES], LinkError> {
        u32::try_from(message.len())
            .ok()
            .filter(|length| *length <= self.bytes_max)
            .map(u32::to_be_bytes)
            .ok_or(LinkError::MessageTooLarge {
                bytes: message.len(),
                bytes_max: self.bytes_max,
            })
    }
}

impl<O: Sink> Sender for LinkSender<O> {
    type Error = LinkError;

    async fn send(&mut self, message: impl Into<IoBufs> + Send) -> Result<(), LinkError> {
        self.send_many([message.into()]).await
    }

    async fn send_many<I>(&mut self, messages: I) -> Result<(), LinkError>
    where
        I: IntoIterator + Send,
        I::Item: Into<IoBufs> + Send,
        I::IntoIter: Send,
    {
        self.cut.check()?;
        let messages: Vec<IoBufs> = messages.into_iter().map(Into::into).collect();
        if messages.is_empty() {
            return Ok(());
        }
        let sealed = self.seal(&messages)?;
        self.sink
            .send(IoBufs::from(sealed))
            .await
            .map_err(|source| LinkError::Connection {
                attempt: "writing",
                source,
            })
    }
}

/// Cuts the pieces into batches of at most [`LOCKED_BYTES_MAX`], in order.
fn batches<'a>(pieces: &[&'a [u8]]) -> Vec<Vec<&'a [u8]>> {
    let mut batches = vec![Vec::new()];
    let mut room = LOCKED_BYTES_MAX;
    for mut piece in pieces.iter().copied() {
        while !piece.is_empty() {
            if room == 0 {
                batches.push(Vec::new());
                room = LOCKED_BYTES_MAX;
            }
            let (now, later) = piece.split_at(piece.len().min(room));
            room -= now.len();
            if let Some(batch) = batches.last_mut() {
                batch.push(now);
            }
            piece = later;
        }
    }
    batches
}

fn write_all(connection: &mut Connection, batch: &[&[u8]]) -> Result<(), LinkError> {
    let total: usize = batch.iter().map(|piece| piece.len()).sum();
    let slices: Vec<IoSlice<'_>> = batch.iter().map(|piece| IoSlice::new(piece)).collect();
    // Without a buffer limit the library takes all, or fails because an earlier error ended the link.
    match connection.writer().write_vectored(&slices) {
        Ok(count) if count == total => Ok(()),
        _ => Err(LinkError::Closed),
    }
}

/// A message of which some bytes have come.
#[derive(Default)]
struct Partial {
    prefix: Vec<u8>,
    body: Option<Body>,
}

struct Body {
    bytes: IoBufMut,
    length: usize,
}

impl Partial {
    /// Takes bytes off `input`; returns how many, and the message if it is now whole.
    fn take(&mut self, input: &[u8], bytes_max: u32) -> Result<(usize, Option<IoBuf>), LinkError> {
        let taken = input.len().min(LENGTH_BYTES - self.prefix.len());
        self.prefix.extend_from_slice(&input[..taken]);
        let Ok(prefix) = <[u8; LENGTH_BYTES]>::try_from(self.prefix.as_slice()) else {
            return Ok((taken, None));
        };
        let length = u32::from_be_bytes(prefix);
        let bytes = usize::try_from(length).unwrap_or(usize::MAX);
        if length > bytes_max {
            return Err(LinkError::MessageTooLarge { bytes, bytes_max });
        }
        let body = self.body.get_or_insert_with(|| Body {
            bytes: IoBufMut::with_capacity(bytes),
            length: bytes,
        });
        let rest = &input[taken..];
        let more = rest.len().min(body.length - body.bytes.len());
        body.bytes.put_slice(&rest[..more]);
        if body.bytes.len() < body.length {
            return Ok((taken + more, None));
        }
        self.prefix.clear();
        Ok((taken + more, self.body.take().map(|body| body.bytes.freeze())))
    }
}

/// The receiving half of a link.
pub struct LinkReceiver<I> {
    connection: Arc<Mutex<Connection>>,
    stream: I,
    bytes_max: u32,
    partial: Partial,
    registration: Option<Registration>,
}

impl<I: Stream> LinkReceiver<I> {
    /// Changes the longest message that is taken from now on.
    pub(crate) const fn set_limit(&mut self, bytes_max: u32) {
        self.bytes_max = bytes_max;
    }

    /// Receiving fails from the moment on at which the link is cut.
    pub(crate) fn end_with(&mut self, registration: Registration) {
        self.registration = Some(registration);
    }

    /// Waits for a record, or for the end of the link.
    async fn next_record(&mut self) -> Result<(IoBuf, IoBuf), LinkError> {
        let reading = pin!(record::read_record(&mut self.stream));
        let Some(registration) = &mut self.registration else {
            return reading.await;
        };
        match select(reading, registration.cut()).await {
            Either::Left((record, _)) => record,
            Either::Right(_) => {
                registration.flag().check()?;
                Err(LinkError::Closed)
            }
        }
    }

    /// Takes plaintext that has been decrypted, until a message is whole or nothing is left.
    fn take(&mut self, record: Option<&(IoBuf, IoBuf)>) -> Result<Option<IoBuf>, LinkError> {
        let mut connection = self.connection.lock();
        if let Some(record) = record {
            record::feed(&mut connection, record)?;
        }
        loop {
            let mut reader = connection.reader();
            let (taken, message) = match reader.fill_buf() {
                Ok([]) => return Err(LinkError::Closed),
                Ok(plaintext) => self.partial.take(plaintext, self.bytes_max)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(_) => return Err(LinkError::Closed),
            };
            reader.consume(taken);
            if message.is_some() {
                return Ok(message);
            }
        }
    }
}

impl<I: Stream> Receiver for LinkReceiver<I> {
    type Error = LinkError;

    async fn recv(&mut self) -> Result<IoBufs, LinkError> {
        if let Some(registration) = &self.registration {
            registration.flag().check()?;
        }
        let mut whole = self.take(None)?;
        loop {
            if let Some(message) = whole {
                return Ok(message.into());
            }
            let record = self.next_record().await?;
            whole = self.take(Some(&record))?;
        }
    }
}
