//! An authority at work: a folder with its certificate, its key, its book and its newest revocation list.
//!
//! ```text
//! authority.key   mode 0600          issued.json   the book: what was issued, what was revoked
//! authority.pem   its certificate    crl.pem       the newest revocation list
//! lock            held while a process works with the folder
//! ```
//!
//! Invariants: a certificate is in the book before anyone gets it; a revocation is in the book before it is in the
//! list; every file is replaced as a whole; one process at a time changes anything.

use super::{
    AuthorityRequest, Certificate, CertificateAuthority, Issued, LeafRequest, NodeRequest, RevocationReason,
    Revocations, Validity, book::Book,
};
use crate::{BookError, PkiError, replace_file};
use civitas_types::NodeKey;
use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

const KEY: &str = "authority.key";
const CERTIFICATE: &str = "authority.pem";
const BOOK: &str = "issued.json";
const LIST: &str = "crl.pem";
const LOCK: &str = "lock";

/// What an authority does if nothing else is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthoritySettings {
    /// Life of a certificate.
    pub certificate_life: Duration,
    /// From one revocation list to the next one.
    pub list_life: Duration,
}

/// An authority with its folder, which no other process uses while this value lives.
#[derive(Debug)]
pub struct AuthorityFolder {
    folder: PathBuf,
    authority: CertificateAuthority,
    book: Book,
    _lock: File,
}

impl AuthorityFolder {
    /// Makes a new authority in a folder that holds none, with an empty book and an empty revocation list.
    ///
    /// # Errors
    /// [`BookError::Exists`], [`BookError::File`], and those of [`CertificateAuthority::create`].
    pub fn create(
        folder: &Path,
        request: &AuthorityRequest,
        settings: AuthoritySettings,
        now: SystemTime,
    ) -> Result<Self, PkiError> {
        let authority = CertificateAuthority::create(request)?;
        std::fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
        let lock = lock(folder)?;
        if folder.join(KEY).exists() || folder.join(CERTIFICATE).exists() {
            return Err(BookError::Exists {
                path: folder.to_path_buf(),
            }
            .into());
        }
        authority.save_key(&folder.join(KEY))?;
        let mut this = Self {
            folder: folder.to_path_buf(),
            authority,
            book: Book {
                list_seconds: settings.list_life.as_secs(),
                certificate_seconds: settings.certificate_life.as_secs(),
                ..Book::default()
            },
            _lock: lock,
        };
        this.write(CERTIFICATE, this.authority.certificate_pem().as_bytes())?;
        this.write_list(now, settings.list_life)?;
        Ok(this)
    }

    /// Opens the folder of an authority, after other processes have finished with it.
    ///
    /// # Errors
    /// [`BookError::File`], [`BookError::Malformed`], and those of [`CertificateAuthority::load`].
    pub fn open(folder: &Path) -> Result<Self, PkiError> {
        let lock = lock(folder)?;
        let authority = CertificateAuthority::load(&folder.join(CERTIFICATE), &folder.join(KEY))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            authority,
            book: read_book(folder)?,
            _lock: lock,
        })
    }

    /// What stands in the book of a folder, oldest first. It needs no key.
    ///
    /// # Errors
    /// [`BookError::File`], [`BookError::Malformed`].
    pub fn read_issued(folder: &Path) -> Result<Vec<Issued>, PkiError> {
        Ok(read_book(folder)?.issued)
    }

    /// The authority.
    pub const fn authority(&self) -> &CertificateAuthority {
        &self.authority
    }

    /// Life of a certificate if nothing else is asked for.
    pub const fn certificate_life(&self) -> Duration {
        Duration::from_secs(self.book.certificate_seconds)
    }

    /// From one revocation list to the next one.
    pub const fn list_life(&self) -> Duration {
        Duration::from_secs(self.book.list_seconds)
    }

    /// What was issued, oldest first.
    pub fn issued(&self) -> &[Issued] {
        &self.book.issued
    }

    /// The newest certificate that was issued for a key.
    pub fn newest_of(&self, key: &NodeKey) -> Option<&Issued> {
        self.book.newest_of(key)
    }

    /// Where the newest revocation list stands.
    pub fn list_path(&self) -> PathBuf {
        self.folder.join(LIST)
    }

    /// Issues a certificate for a request that people have looked at.
    ///
    /// # Errors
    /// [`BookError::NameTaken`], and those of [`CertificateAuthority::issue`]; nothing is issued then.
    pub fn issue(
        &mut self,
        request: &NodeRequest,
        life: Duration,
        now: SystemTime,
    ) -> Result<Certificate, PkiError> {
        self.book.check_name(&request.name, &request.public_key, now)?;
        let certificate = self.authority.issue(&LeafRequest {
            name: request.name.clone(),
            organisation: request.organisation.clone(),
            public_key: request.public_key,
            alternative_names: request.alternative_names.clone(),
            validity: Validity::lasting(now, life)?,
        })?;
        self.book.add(&certificate, now);
        self.write_book()?;
        Ok(certificate)
    }

    /// Issues the next certificate of a node that asks by itself: only for a key whose newest certificate is valid,
    /// and only what stands in that one. Its life is the authority's usual one, and never beyond the authority's own.
    ///
    /// # Errors
    /// [`BookError::NotRenewable`]; [`PkiError::RequestRefused`] if the request asks for other names.
    pub fn renew(&mut self, request: &NodeRequest, now: SystemTime) -> Result<Certificate, PkiError> {
        let newest = self.book.renewable(&request.public_key, now)?;
        if newest.name != request.name || newest.organisation != request.organisation {
            return Err(PkiError::RequestRefused {
                reason: "it asks for another name or organisation than the certificate that it renews",
            });
        }
        let known = NodeRequest {
            alternative_names: newest.alternative_names.clone(),
            ..request.clone()
        };
        let left = self.authority.certificate().validity.left(now);
        self.issue(&known, self.certificate_life().min(left), now)
    }

    /// Takes a certificate back, and writes a revocation list that says so.
    ///
    /// # Errors
    /// [`BookError::Unknown`], [`BookError::RevokedAlready`], [`BookError::File`].
    pub fn revoke(
        &mut self,
        serial: &str,
        reason: RevocationReason,
        now: SystemTime,
    ) -> Result<Issued, PkiError> {
        let entry = self.book.revoke(serial, reason, now)?;
        self.write_book()?;
        self.write_list(now, self.list_life())?;
        Ok(entry)
    }

    /// Writes a new revocation list; the next one is due after `life`, and that becomes the usual pace.
    ///
    /// # Errors
    /// [`PkiError::BadValidity`], [`BookError::File`].
    pub fn write_list(&mut self, now: SystemTime, life: Duration) -> Result<(), PkiError> {
        let left = self.authority.certificate().validity.left(now);
        let validity = Validity::lasting(now, life.min(left))?;
        self.book.list_number = self.book.list_number.saturating_add(1);
        self.book.list_seconds = life.as_secs();
        let revoked = self.book.revoked(now);
        let list = self
            .authority
            .revocation_list(self.book.list_number, validity, &revoked)?;
        // The number is used up before the list exists, so that no two lists have the same one.
        self.write_book()?;
        self.write(LIST, list.as_bytes())
    }

    /// Writes a new revocation list if two fifths of the time or less are left of the newest one, or if there is
    /// none; gives the newest list in PEM.
    ///
    /// # Errors
    /// As [`AuthorityFolder::write_list`].
    pub fn fresh_list(&mut self, now: SystemTime) -> Result<String, PkiError> {
        let path = self.list_path();
        let read = || std::fs::read_to_string(&path).map_err(failed("read the revocation list", &path));
        let newest = read().ok().and_then(|pem| Revocations::from_pem(&pem).ok());
        let is_fresh = newest.is_some_and(|lists| {
            lists
                .lists()
                .all(|list| list.validity.left(now) > list.validity.life() * 2 / 5)
        });
        if !is_fresh {
            self.write_list(now, self.list_life())?;
        }
        Ok(read()?)
    }

    /// Puts the authority's own certificate anew, with the same key, valid for `validity`.
    ///
    /// # Errors
    /// [`PkiError::Signing`], [`BookError::File`].
    pub fn renew_authority(&mut self, validity: Validity) -> Result<(), PkiError> {
        let renewed = self.authority.renewed(validity)?;
        self.write(CERTIFICATE, renewed.certificate_pem().as_bytes())?;
        self.authority = renewed;
        Ok(())
    }

    fn write_book(&self) -> Result<(), PkiError> {
        let path = self.folder.join(BOOK);
        let text = serde_json::to_vec_pretty(&self.book).map_err(|source| BookError::Malformed {
            path: path.clone(),
            source,
        })?;
        self.write(BOOK, &text)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), PkiError> {
        let path = self.folder.join(name);
        replace_file(&path, content).map_err(failed("write", &path))?;
        Ok(())
    }
}

fn read_book(folder: &Path) -> Result<Book, PkiError> {
    let path = folder.join(BOOK);
    let text = std::fs::read(&path).map_err(failed("read the book of the authority", &path))?;
    let book = serde_json::from_slice(&text).map_err(|source| BookError::Malformed { path, source })?;
    Ok(book)
}

fn lock(folder: &Path) -> Result<File, BookError> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed("open the lock of the authority", &path))?;
    file.lock().map_err(failed("lock", &path))?;
    Ok(file)
}

fn failed(attempt: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> BookError {
    let path = path.to_path_buf();
    move |source| BookError::File {
        attempt,
        path,
        source,
    }
}
