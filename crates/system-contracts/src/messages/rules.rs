//! May a message pass now? Everything that is not plainly free is no.

use super::{MAIN_LEDGER, MessageRecord, Reason, storage};
use crate::{cases, chains, fault::Fault, host::Host};
use alloy_primitives::{Address, B256, Bytes};

/// Whom a message concerns.
pub(super) struct Route {
    pub(super) source: B256,
    /// Who emitted it there.
    pub(super) mailbox: Address,
    pub(super) sender: Address,
    pub(super) destination: B256,
    pub(super) target: Bytes,
    /// The mailbox that it passed to; zero if it may still get one.
    pub(super) carrier: Address,
}

impl Route {
    pub(super) fn of(host: &mut dyn Host, record: &MessageRecord) -> Result<Self, Fault> {
        Ok(Self {
            source: record.source().get(host)?,
            mailbox: record.mailbox().get(host)?,
            sender: record.sender().get(host)?,
            destination: record.destination().get(host)?,
            target: record.target().get(host)?,
            carrier: record.carrier().get(host)?,
        })
    }

    /// Why it may not pass; None if it may. Whether an account is isolated includes its chain and its identity.
    pub(super) fn judge(&self, host: &mut dyn Host) -> Result<Reason, Fault> {
        if self.source != MAIN_LEDGER && !chains::is_active(host, self.source)? {
            return Ok(Reason::SourceNotActive);
        }
        if cases::isolated(host, self.source, &[])? {
            return Ok(Reason::SourceIsolated);
        }
        // A mailbox is a contract that can be frozen as others are.
        if self.source != MAIN_LEDGER && cases::isolated(host, self.source, self.mailbox.as_slice())? {
            return Ok(Reason::SourceIsolated);
        }
        if cases::isolated(host, self.source, self.sender.as_slice())? {
            return Ok(Reason::SenderIsolated);
        }
        if self.destination != MAIN_LEDGER {
            if !chains::is_active(host, self.destination)? {
                return Ok(Reason::DestinationNotActive);
            }
            let mailbox = storage().mailboxes().of(&self.destination).get(host)?;
            if mailbox.is_zero() {
                return Ok(Reason::DestinationWithoutMailbox);
            }
            if cases::isolated(host, self.destination, mailbox.as_slice())? {
                return Ok(Reason::DestinationIsolated);
            }
            if !self.carrier.is_zero() && self.carrier != mailbox {
                return Ok(Reason::MailboxReplaced);
            }
        }
        if cases::isolated(host, self.destination, &[])? {
            return Ok(Reason::DestinationIsolated);
        }
        if cases::isolated(host, self.destination, &self.target)? {
            return Ok(Reason::TargetIsolated);
        }
        Ok(Reason::None)
    }
}

/// Why a message may not pass now; None if it may, or if there is no such message.
///
/// # Errors
/// What the host gives.
pub fn verdict(host: &mut dyn Host, id: B256) -> Result<Reason, Fault> {
    let record = storage().messages().of(&id);
    Route::of(host, &record)?.judge(host)
}
