//! Passkeys: who is signed in gives themselves a key that a device keeps, and signs in with it later.
//!
//! A passkey stands for the subject that made it, an account, an identity or the administrator, and must check the person (finger, face or
//! PIN) each time: it is both factors.

pub mod webauthn;

use super::{
    LoginError, Logins, Method, Session, SignedIn, Subject, Visit,
    attempt::Outcome,
    challenge::{Challenge, Kind},
    label, secret,
    session::Proven,
    store::{self, integer, number, text},
    subject::iso,
};
use alloy_primitives::hex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::Row;
use std::net::Ipv4Addr;
use utoipa::ToSchema;
use webauthn::{Algorithm, Assertion, Expected, PublicKey, Refusal};

/// Passkeys of one subject: more devices than people have.
const PASSKEYS_MAX: u64 = 20;

/// Milliseconds for which a browser waits for the person.
const TIMEOUT_MS: u64 = 120_000;

impl From<Refusal> for LoginError {
    fn from(refusal: Refusal) -> Self {
        let why = match refusal {
            Refusal::Malformed => "the answer cannot be read",
            Refusal::OtherKind => "the answer is of another kind",
            Refusal::OtherChallenge => "the answer is to another challenge",
            Refusal::OtherOrigin => "the answer was given to another site",
            Refusal::OtherHost => "the passkey is one of another host",
            Refusal::NobodyPresent => "nobody was present",
            Refusal::NotVerified => "the device did not check the person",
            Refusal::OtherAttestation => "the attestation is not none",
            Refusal::OtherKey => "the key is of an unknown kind",
            Refusal::BadSignature => "the signature does not hold",
            Refusal::CounterWentBack => "the counter went back: the device may have been copied",
        };
        Self::PasskeyRefused { why }
    }
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Passkey {
    /// Names it.
    pub id: String,
    /// What its owner calls it.
    pub label: String,
    /// When it was made.
    pub created_at: String,
    /// When somebody signed in with it last.
    pub used_at: Option<String>,
}

/// What a browser gives after a registration (`RegistrationResponseJSON`). Other fields are not looked at.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct RegistrationAnswer {
    /// The parts that count.
    pub response: RegistrationParts,
}

/// The parts of a registration that count, in base64url.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationParts {
    /// What the browser asked.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// The key that was made.
    pub attestation_object: String,
}

/// What a browser gives after a sign-in (`AuthenticationResponseJSON`). Other fields are not looked at.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct SignInAnswer {
    /// The id of the key, in base64url.
    pub id: String,
    /// The parts that count.
    pub response: SignInParts,
}

/// The parts of a sign-in that count, in base64url.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInParts {
    /// What the browser asked.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// What the device says.
    pub authenticator_data: String,
    /// Its signature over both.
    pub signature: String,
    /// For whom the key was made.
    pub user_handle: Option<String>,
}

/// What is kept of a registration that was begun.
#[derive(Serialize, Deserialize)]
struct Begun {
    origin: String,
    subject: String,
}

/// A passkey of the database.
struct Kept {
    subject: Subject,
    name: String,
    key: PublicKey,
    counter: u32,
}

impl Logins {
    /// What a browser needs to make a passkey for who is signed in (`PublicKeyCredentialCreationOptionsJSON`). Needs a fresh proof: a passkey
    /// outlives the session.
    ///
    /// # Errors
    /// The proof is not fresh, there are too many, the origin is unknown.
    pub async fn passkey_registration(&self, visit: &Visit, session: &Session) -> Result<Value, LoginError> {
        session.require_fresh()?;
        let origin = self.origin(visit)?;
        let host = named_host(origin)?;
        let passkeys = self.passkeys(session).await?;
        if passkeys.len() as u64 >= PASSKEYS_MAX {
            return Err(LoginError::TooMany {
                what: "passkeys",
                max: PASSKEYS_MAX,
            });
        }
        let subject = session.subject.to_string();
        let challenge = secret::token()?;
        let begun = Begun {
            origin: origin.to_owned(),
            subject: subject.clone(),
        };
        let body = serde_json::to_string(&begun).map_err(|error| sqlx::Error::Encode(error.into()))?;
        self.keep_challenge(visit, &challenge, Challenge::new(Kind::PasskeyRegistration, body))
            .await?;
        let exclude: Vec<Value> = passkeys
            .iter()
            .map(|key| json!({"type": "public-key", "id": key.id}))
            .collect();
        Ok(json!({
            "rp": {"id": host, "name": "Civitas"},
            "user": {"id": handle(&subject), "name": subject, "displayName": session.name.clone().unwrap_or(subject)},
            "challenge": challenge,
            "pubKeyCredParams": [{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}],
            "timeout": TIMEOUT_MS,
            "attestation": "none",
            "excludeCredentials": exclude,
            "authenticatorSelection": {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
        }))
    }

    /// Keeps the passkey that a browser made.
    ///
    /// # Errors
    /// The label is not valid, the answer does not hold, is late, or is somebody else's.
    pub async fn passkey_registered(
        &self,
        visit: &Visit,
        session: &Session,
        label: &str,
        answer: &RegistrationAnswer,
    ) -> Result<Passkey, LoginError> {
        let label = label::label(label)?;
        let subject = session.subject.to_string();
        let result = self.check_registration(&subject, answer).await;
        let registered = self
            .judge(visit, Method::Passkey.name(), &subject, result)
            .await?;
        let now = self.clock.now();
        let credential = secret::encode(&registered.credential);
        let done = sqlx::query(
            "INSERT INTO passkey (credential, subject, name, label, algorithm, public_key, counter, created_at, used_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0) ON CONFLICT (credential) DO NOTHING",
        )
        .bind(&credential)
        .bind(&subject)
        .bind(session.name.clone().unwrap_or_default())
        .bind(&label)
        .bind(registered.key.algorithm.number())
        .bind(hex::encode(&registered.key.bytes))
        .bind(i64::from(registered.counter))
        .bind(integer(now))
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 {
            return Err(LoginError::PasskeyRefused {
                why: "the passkey is known already",
            });
        }
        self.record_change(visit, session, Outcome::Changed, "passkey made")
            .await?;
        Ok(Passkey {
            id: credential,
            label,
            created_at: iso(now),
            used_at: None,
        })
    }

    async fn check_registration(
        &self,
        subject: &str,
        answer: &RegistrationAnswer,
    ) -> Result<webauthn::Registered, LoginError> {
        let client_data = bytes(&answer.response.client_data_json)?;
        let attestation = bytes(&answer.response.attestation_object)?;
        let challenge = webauthn::challenge_of(&client_data).ok_or(Refusal::Malformed)?;
        let body = self.take_challenge(&challenge, Kind::PasskeyRegistration).await?;
        let begun: Begun = serde_json::from_str(&body).map_err(|error| sqlx::Error::Decode(error.into()))?;
        if begun.subject != subject {
            return Err(LoginError::ChallengeUnknown);
        }
        let expected = Expected {
            challenge: &challenge,
            origin: &begun.origin,
            host: host_of(&begun.origin),
        };
        let registered = webauthn::register(&client_data, &attestation, expected)?;
        match registered.verified {
            true => Ok(registered),
            false => Err(Refusal::NotVerified.into()),
        }
    }

    /// What a browser needs to sign in with any passkey of this host (`PublicKeyCredentialRequestOptionsJSON`).
    ///
    /// # Errors
    /// The origin is unknown, too many attempts failed.
    pub async fn passkey_challenge(&self, visit: &Visit) -> Result<Value, LoginError> {
        self.admit(visit).await?;
        let origin = self.origin(visit)?;
        let host = named_host(origin)?;
        let challenge = secret::token()?;
        self.keep_challenge(
            visit,
            &challenge,
            Challenge::new(Kind::PasskeyLogin, origin.to_owned()),
        )
        .await?;
        Ok(json!({
            "challenge": challenge,
            "rpId": host,
            "allowCredentials": [],
            "timeout": TIMEOUT_MS,
            "userVerification": "required",
        }))
    }

    /// Signs in who answers with a passkey.
    ///
    /// # Errors
    /// The answer does not hold, is late, or is of an unknown passkey.
    pub async fn passkey_sign_in(
        &self,
        visit: &Visit,
        answer: &SignInAnswer,
    ) -> Result<SignedIn, LoginError> {
        self.admit(visit).await?;
        let result = self.check_sign_in(answer).await;
        let kept = self.judge(visit, Method::Passkey.name(), "", result).await?;
        let proven = Proven {
            subject: kept.subject,
            name: kept.name,
            method: Method::Passkey,
            at: self.clock.now(),
        };
        self.begin(visit, proven).await
    }

    async fn check_sign_in(&self, answer: &SignInAnswer) -> Result<Kept, LoginError> {
        let client_data = bytes(&answer.response.client_data_json)?;
        let authenticator_data = bytes(&answer.response.authenticator_data)?;
        let signature = bytes(&answer.response.signature)?;
        let challenge = webauthn::challenge_of(&client_data).ok_or(Refusal::Malformed)?;
        let origin = self.take_challenge(&challenge, Kind::PasskeyLogin).await?;
        // The database takes no text that is not one of ids.
        bytes(&answer.id)?;
        let kept = self.kept_passkey(&answer.id).await?;
        let expected = Expected {
            challenge: &challenge,
            origin: &origin,
            host: host_of(&origin),
        };
        let assertion = Assertion {
            client_data: &client_data,
            authenticator_data: &authenticator_data,
            signature: &signature,
            key: &kept.key,
            counter: kept.counter,
        };
        let asserted = webauthn::assert(assertion, expected)?;
        if !asserted.verified {
            return Err(Refusal::NotVerified.into());
        }
        let handles = answer.response.user_handle.as_deref();
        if handles.is_some_and(|given| given != handle(&kept.subject.to_string())) {
            return Err(LoginError::PasskeyRefused {
                why: "the passkey is somebody else's",
            });
        }
        self.count_passkey(&answer.id, kept.counter, asserted.counter)
            .await?;
        Ok(kept)
    }

    async fn kept_passkey(&self, credential: &str) -> Result<Kept, LoginError> {
        let row = sqlx::query(
            "SELECT subject, name, algorithm, public_key, counter FROM passkey WHERE credential = $1",
        )
        .bind(credential)
        .fetch_optional(&self.pool)
        .await?
        .ok_or(LoginError::PasskeyRefused {
            why: "the passkey is not known here",
        })?;
        let algorithm = Algorithm::of(row.try_get("algorithm")?).ok_or(Refusal::OtherKey)?;
        let key = text(&row, "public_key")?;
        Ok(Kept {
            subject: store::subject(&row)?,
            name: text(&row, "name")?,
            key: PublicKey {
                algorithm,
                bytes: hex::decode(key).map_err(|error| sqlx::Error::Decode(error.into()))?,
            },
            counter: u32::try_from(number(&row, "counter")?).unwrap_or(u32::MAX),
        })
    }

    /// Moves the counter on; of two answers with one counter, one is refused.
    async fn count_passkey(&self, credential: &str, before: u32, after: u32) -> Result<(), LoginError> {
        let statement =
            "UPDATE passkey SET counter = $1, used_at = $2 WHERE credential = $3 AND counter = $4";
        let done = sqlx::query(statement)
            .bind(i64::from(after))
            .bind(integer(self.clock.now()))
            .bind(credential)
            .bind(i64::from(before))
            .execute(&self.pool)
            .await?;
        match done.rows_affected() {
            0 => Err(Refusal::CounterWentBack.into()),
            _ => Ok(()),
        }
    }

    /// The passkeys of who is signed in, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn passkeys(&self, session: &Session) -> Result<Vec<Passkey>, LoginError> {
        let rows = sqlx::query(
            "SELECT credential, label, created_at, used_at FROM passkey WHERE subject = $1 ORDER BY created_at DESC, credential",
        )
        .bind(session.subject.to_string())
        .fetch_all(&self.pool)
        .await?;
        let passkey = |row: &sqlx::any::AnyRow| {
            let used_at = number(row, "used_at")?;
            Ok(Passkey {
                id: text(row, "credential")?,
                label: text(row, "label")?,
                created_at: iso(number(row, "created_at")?),
                used_at: (used_at > 0).then(|| iso(used_at)),
            })
        };
        rows.iter().map(passkey).collect()
    }

    /// Takes an own passkey away.
    ///
    /// # Errors
    /// [`LoginError::NotFound`], or the database does not answer.
    pub async fn remove_passkey(&self, visit: &Visit, session: &Session, id: &str) -> Result<(), LoginError> {
        let done = sqlx::query("DELETE FROM passkey WHERE credential = $1 AND subject = $2")
            .bind(id)
            .bind(session.subject.to_string())
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            return Err(LoginError::NotFound { what: "passkey" });
        }
        self.record_change(visit, session, Outcome::Changed, "passkey removed")
            .await
    }
}

/// The bytes of a part; browsers write base64url without padding.
fn bytes(text: &str) -> Result<Vec<u8>, LoginError> {
    Ok(secret::decode(text).ok_or(Refusal::Malformed)?)
}

/// What a passkey calls its owner: a hash, since devices show it to nobody and may not hold personal data in it.
fn handle(subject: &str) -> String {
    secret::encode(&secret::sha256(subject.as_bytes()))
}

/// The host of an origin, without its port: what passkeys are for.
fn host_of(origin: &str) -> &str {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    host.split_once(':').map_or(host, |(host, _)| host)
}

/// The host of an origin, if it is one that browsers make passkeys for: a name, not a number.
fn named_host(origin: &str) -> Result<&str, LoginError> {
    let host = host_of(origin);
    let is_number = host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok();
    match is_number {
        true => Err(LoginError::Invalid {
            field: "origin",
            rule: "passkeys need a host with a name, such as http://localhost",
        }),
        false => Ok(host),
    }
}
