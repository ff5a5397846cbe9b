//! Signing in with an account (CAIP-122, in the text of EIP-4361): one with a key, or a contract ([`super::contract`]).
//!
//! The console writes the text, keeps it, and takes it back once with a signature of the account over it. Since the text that comes back must
//! be the kept one to the last letter, nothing in it needs to be believed.

use super::{
    LoginError, Logins, Method, SignedIn, Subject, Visit,
    challenge::{Challenge, Kind},
    contract::SIGNATURE_BYTES_MAX,
    secret,
    session::Proven,
    subject::iso,
};
use alloy_primitives::{Address, eip191_hash_message, hex, keccak256};
use secp256k1::{
    Message, Secp256k1,
    ecdsa::{RecoverableSignature, RecoveryId},
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// What an account is asked to sign.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountChallenge {
    /// The text, to be signed as it stands (`personal_sign`).
    pub message: String,
    /// Until when.
    pub expires: String,
}

/// A text and its signature.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct AccountProof {
    /// The text that the console gave.
    pub message: String,
    /// In hexadecimal: 65 bytes r, s, v of an account with a key, or what a contract takes for its own (ERC-1271).
    pub signature: String,
}

/// Bytes of the longest text that is looked at; ours have some 400.
const MESSAGE_BYTES_MAX: usize = 2048;

/// Chain id that stands in the text when the client names none: that of the city's main ledger is not known here.
const CHAIN_ID_UNKNOWN: u64 = 1;

impl Logins {
    /// Asks an account (`0x…`, or CAIP-10 `eip155:CHAIN:0x…`) for a signature.
    ///
    /// # Errors
    /// The account cannot be read, the origin is unknown, too many attempts failed.
    pub async fn account_challenge(
        &self,
        visit: &Visit,
        account: &str,
        chain_id: Option<u64>,
    ) -> Result<AccountChallenge, LoginError> {
        self.admit(visit).await?;
        let origin = self.origin(visit)?;
        let (account, chain_id) = parse_account(account, chain_id)?;
        let nonce = hex::encode(secret::random::<16>()?);
        let now = self.clock.now();
        let expires = now + super::challenge::LIFE_SECONDS;
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let message = format!(
            "{host} wants you to sign in with your Ethereum account:\n{account}\n\nSign in to the console of the city. This costs nothing and \
             sends no transaction.\n\nURI: {origin}\nVersion: 1\nChain ID: {chain_id}\nNonce: {nonce}\nIssued At: {}\nExpiration Time: {}",
            iso(now),
            iso(expires),
        );
        self.keep_challenge(visit, &nonce, Challenge::new(Kind::Account, message.clone()))
            .await?;
        Ok(AccountChallenge {
            message,
            expires: iso(expires),
        })
    }

    /// Signs in who signed the text.
    ///
    /// # Errors
    /// The text is not one that the console gave lately, or the signature is not the account's.
    pub async fn account_sign_in(&self, visit: &Visit, proof: &AccountProof) -> Result<SignedIn, LoginError> {
        self.admit(visit).await?;
        let named = line_after_first(&proof.message).and_then(|line| Address::from_str(&line).ok());
        let named = named
            .map(|account| Subject::Account(account).to_string())
            .unwrap_or_default();
        let result = self.check_account(proof).await;
        let account = self.judge(visit, Method::Account.name(), &named, result).await?;
        let proven = Proven {
            subject: Subject::Account(account),
            name: String::new(),
            method: Method::Account,
            at: self.clock.now(),
        };
        self.begin(visit, proven).await
    }

    async fn check_account(&self, proof: &AccountProof) -> Result<Address, LoginError> {
        if proof.message.len() > MESSAGE_BYTES_MAX {
            return Err(LoginError::ChallengeUnknown);
        }
        let nonce = proof
            .message
            .lines()
            .find_map(|line| line.strip_prefix("Nonce: "));
        let kept = self
            .take_challenge(nonce.unwrap_or_default(), Kind::Account)
            .await?;
        if kept != proof.message {
            return Err(LoginError::ChallengeUnknown);
        }
        let account = line_after_first(&kept).and_then(|line| Address::from_str(&line).ok());
        let account = account.ok_or(LoginError::SignatureRefused)?;
        if recover(proof.message.as_bytes(), &proof.signature) == Some(account) {
            return Ok(account);
        }
        self.check_contract(account, proof).await
    }

    /// An account without a key of its own says itself whether the signature is its.
    async fn check_contract(&self, account: Address, proof: &AccountProof) -> Result<Address, LoginError> {
        // Two digits a byte, and the prefix.
        if proof.signature.len() > 2 * SIGNATURE_BYTES_MAX + 2 {
            return Err(LoginError::SignatureRefused);
        }
        let signature = hex::decode(&proof.signature).map_err(|_| LoginError::SignatureRefused)?;
        let digest = eip191_hash_message(proof.message.as_bytes());
        match self.standings.takes(account, digest, &signature).await {
            Ok(true) => Ok(account),
            Ok(false) => Err(LoginError::SignatureRefused),
            Err(source) => Err(LoginError::LedgerSilent { source }),
        }
    }
}

/// The account line of a text; at most as long as an account is.
fn line_after_first(message: &str) -> Option<String> {
    message.lines().nth(1).map(|line| line.chars().take(42).collect())
}

/// An account as people and wallets write it. Mixed case must be the right one (EIP-55): it is a check sum.
fn parse_account(text: &str, chain_id: Option<u64>) -> Result<(Address, u64), LoginError> {
    let invalid = || LoginError::Invalid {
        field: "account",
        rule: "an address 0x… of 40 digits with a right check sum, or eip155:CHAIN:0x…",
    };
    let mut parts = text.split(':');
    let (address, chain_id) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(address), None, None, None) => (address, chain_id.unwrap_or(CHAIN_ID_UNKNOWN)),
        (Some("eip155"), Some(chain), Some(address), None) => {
            (address, chain.parse().map_err(|_| invalid())?)
        }
        _ => return Err(invalid()),
    };
    let digits = address.strip_prefix("0x").ok_or_else(invalid)?;
    let mixed = digits.chars().any(|digit| digit.is_ascii_uppercase())
        && digits.chars().any(|digit| digit.is_ascii_lowercase());
    let parsed = match mixed {
        true => Address::parse_checksummed(address, None).map_err(|_| invalid())?,
        false => Address::from_str(&address.to_ascii_lowercase()).map_err(|_| invalid())?,
    };
    Ok((parsed, chain_id))
}

/// Who signed the text (EIP-191); none if the signature is not one.
fn recover(message: &[u8], signature: &str) -> Option<Address> {
    let bytes: [u8; 65] = hex::decode(signature).ok()?.try_into().ok()?;
    let (compact, v) = bytes.split_at(64);
    let recovery = match v.first()? {
        0 | 27 => RecoveryId::Zero,
        1 | 28 => RecoveryId::One,
        _ => return None,
    };
    let signature = RecoverableSignature::from_compact(compact, recovery).ok()?;
    let digest = Message::from_digest(eip191_hash_message(message).0);
    let key = Secp256k1::verification_only()
        .recover_ecdsa(digest, &signature)
        .ok()?;
    let hash = keccak256(key.serialize_uncompressed().get(1..)?);
    Some(Address::from_slice(hash.get(12..)?))
}

#[cfg(test)]
mod tests;
