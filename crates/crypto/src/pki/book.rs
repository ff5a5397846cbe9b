//! What an authority has issued and taken back: the content of its book, without files and clocks.
//!
//! Invariants: a serial number stands there once; what is revoked stays revoked; the number of the revocation list
//! only grows.

use super::{
    Certificate, Revoked,
    authority::RevocationReason,
    validity::{Validity, at},
};
use crate::BookError;
use civitas_types::NodeKey;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Entries that are kept. Those that are over go first, oldest first: with certificates of a day, a city of a
/// hundred nodes fills it in a year and a half.
const ENTRIES_MAX: usize = 50_000;
/// A revoked certificate stays in the list this long after its own end, for nodes whose clocks are behind.
const LISTED_AFTER_END: Duration = Duration::from_secs(86_400);

/// One certificate in the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Serial number, in hexadecimal.
    pub serial: String,
    /// Name of the node.
    pub name: String,
    /// Its organisation.
    pub organisation: String,
    /// Its key.
    pub public_key: NodeKey,
    /// DNS names and IP addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternative_names: Vec<String>,
    /// From when on it is valid, in seconds since 1970.
    pub not_before: u64,
    /// Until when it is valid, in seconds since 1970.
    pub not_after: u64,
    /// When it was revoked, in seconds since 1970, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revocation>,
}

/// When and why a certificate was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// In seconds since 1970.
    pub at: u64,
    /// Why.
    pub reason: RevocationReason,
}

/// What a certificate is worth at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// In its time.
    Valid,
    /// Its time is over.
    Expired,
    /// Taken back.
    Revoked,
}

impl Issued {
    /// What it is worth at `now`.
    pub fn status(&self, now: SystemTime) -> Status {
        if self.revoked.is_some() {
            Status::Revoked
        } else if self.validity().contains(now) {
            Status::Valid
        } else {
            Status::Expired
        }
    }

    /// When it is valid.
    pub fn validity(&self) -> Validity {
        Validity::between(at(self.not_before), at(self.not_after))
    }
}

/// The book.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Book {
    /// Number of the newest revocation list.
    pub(super) list_number: u64,
    /// From one revocation list to the next one, in seconds.
    pub(super) list_seconds: u64,
    /// Life of a certificate if nothing else is asked for, in seconds.
    pub(super) certificate_seconds: u64,
    /// Oldest first.
    pub(super) issued: Vec<Issued>,
}

impl Book {
    /// Notes a certificate.
    pub(super) fn add(&mut self, certificate: &Certificate, now: SystemTime) {
        self.issued.push(Issued {
            serial: certificate.serial.clone(),
            name: certificate.name.clone(),
            organisation: certificate.organisation.clone(),
            public_key: certificate.public_key.unwrap_or_default(),
            alternative_names: certificate.alternative_names.clone(),
            not_before: seconds(certificate.validity.not_before()),
            not_after: seconds(certificate.validity.not_after()),
            revoked: None,
        });
        while self.issued.len() > ENTRIES_MAX {
            let listed_until = seconds(now).saturating_sub(LISTED_AFTER_END.as_secs());
            let Some(oldest) = self
                .issued
                .iter()
                .position(|entry| entry.not_after < listed_until)
            else {
                // All of them still count: then they are all kept.
                return;
            };
            self.issued.remove(oldest);
        }
    }

    /// The newest certificate of a key.
    pub(super) fn newest_of(&self, key: &NodeKey) -> Option<&Issued> {
        self.issued.iter().rev().find(|entry| entry.public_key == *key)
    }

    /// Whether `name` is free for `key`: no other key has a valid certificate of that name.
    pub(super) fn check_name(&self, name: &str, key: &NodeKey, now: SystemTime) -> Result<(), BookError> {
        let taken = self.issued.iter().find(|entry| {
            entry.name == name && entry.public_key != *key && entry.status(now) == Status::Valid
        });
        taken.map_or(Ok(()), |entry| {
            Err(BookError::NameTaken {
                name: name.to_owned(),
                key: entry.public_key,
                serial: entry.serial.clone(),
            })
        })
    }

    /// The certificate that the holder of `key` may have renewed without the authority's people.
    pub(super) fn renewable(&self, key: &NodeKey, now: SystemTime) -> Result<&Issued, BookError> {
        let refused = |reason| BookError::NotRenewable { key: *key, reason };
        let newest = self
            .newest_of(key)
            .ok_or_else(|| refused("this authority has issued no certificate for it"))?;
        match newest.status(now) {
            Status::Valid => Ok(newest),
            Status::Expired => Err(refused("its certificate has expired")),
            Status::Revoked => Err(refused("its certificate was revoked")),
        }
    }

    /// Takes a certificate back.
    pub(super) fn revoke(
        &mut self,
        serial: &str,
        reason: RevocationReason,
        now: SystemTime,
    ) -> Result<Issued, BookError> {
        let serial = serial.to_ascii_lowercase().replace(':', "");
        let Some(entry) = self.issued.iter_mut().find(|entry| entry.serial == serial) else {
            return Err(BookError::Unknown { serial });
        };
        if entry.revoked.is_some() {
            return Err(BookError::RevokedAlready {
                serial,
                name: entry.name.clone(),
            });
        }
        entry.revoked = Some(Revocation {
            at: seconds(now),
            reason,
        });
        Ok(entry.clone())
    }

    /// What the next revocation list holds.
    pub(super) fn revoked(&self, now: SystemTime) -> Vec<Revoked> {
        let listed_until = seconds(now).saturating_sub(LISTED_AFTER_END.as_secs());
        self.issued
            .iter()
            .filter(|entry| entry.not_after >= listed_until)
            .filter_map(|entry| {
                entry.revoked.map(|revocation| Revoked {
                    serial: entry.serial.clone(),
                    at: at(revocation.at),
                    reason: revocation.reason,
                })
            })
            .collect()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
