//! Identities, bound accounts, openings, and what the city holds about oneself.

use super::{explorer::HeldRole, governance::TimelineEntry};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Which identities.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IdentityFilter {
    /// Active, Frozen or Cancelled.
    pub status: Option<String>,
    /// Person, Organisation, Node or Thing.
    pub kind: Option<String>,
}

/// An identity in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentitySummary {
    /// Its id.
    pub id: String,
    /// Its DID.
    pub did: String,
    /// Person, Organisation, Node or Thing.
    pub kind: String,
    /// Active, Frozen or Cancelled.
    pub status: String,
    /// The organisation that vouches for it.
    pub organisation: Option<String>,
    /// Name of that organisation.
    pub organisation_name: Option<String>,
    /// When it was created.
    pub created_at: String,
    /// Bound accounts.
    pub accounts: u64,
}

/// An identity.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityDetail {
    /// Its id.
    pub id: String,
    /// Its DID.
    pub did: String,
    /// Person, Organisation, Node or Thing.
    pub kind: String,
    /// Active, Frozen or Cancelled.
    pub status: String,
    /// The organisation that vouches for it.
    pub organisation: Option<String>,
    /// Name of that organisation.
    pub organisation_name: Option<String>,
    /// When it was created.
    pub created_at: String,
    /// Changes so far.
    pub version: u64,
    /// Its document (W3C DID Core).
    #[schema(value_type = Value)]
    pub document: Value,
    /// Parties that change the document.
    pub controllers: Vec<Party>,
    /// Its keys.
    pub methods: Vec<Method>,
    /// Where it can be reached.
    pub services: Vec<Service>,
    /// Bound accounts (CAIP-10).
    pub accounts: Vec<String>,
    /// Salted commitments to data that is kept elsewhere.
    pub commitments: Vec<String>,
    /// Its statuses, oldest first.
    pub history: Vec<StatusChange>,
    /// How it is recovered.
    pub recovery: Recovery,
}

/// An account of this ledger, or an identity.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// `account` or `identity`.
    pub kind: String,
    /// The address, or the id of the identity.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
}

/// A key of an identity.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = IdentityMethod)]
pub struct Method {
    /// Its name in the document.
    pub fragment: String,
    /// Secp256k1, P256 or Ed25519.
    pub key_type: String,
    /// The key.
    pub key: String,
    /// What it is for: authentication, assertionMethod, keyAgreement, capabilityInvocation, capabilityDelegation.
    pub purposes: Vec<String>,
    /// From when on.
    pub valid_from: String,
    /// Until when.
    pub valid_until: Option<String>,
}

/// Where an identity can be reached.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its name in the document.
    pub fragment: String,
    /// Its type.
    pub service_type: String,
    /// The address; text of strangers.
    pub endpoint: String,
}

/// A change of status.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusChange {
    /// The new status.
    pub status: String,
    /// Since when.
    pub since: String,
    /// At which height.
    pub height: u64,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// How an identity is recovered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    /// Parties that together replace the controllers.
    pub recoverers: Vec<Party>,
    /// How many of them.
    pub threshold: u8,
    /// Those that will replace them.
    pub next_recoverers: Vec<Party>,
    /// How many of them, then.
    pub next_threshold: u8,
    /// When.
    pub next_from: Option<String>,
}

/// An opening of a sealed record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Opening {
    /// Its number.
    pub id: u64,
    /// The identity.
    pub identity: String,
    /// Its DID.
    pub did: String,
    /// Which record.
    pub record: u64,
    /// Number of the case.
    pub case_number: String,
    /// By which law.
    pub legal_basis: String,
    /// The office that asks.
    pub requesting_office: String,
    /// Its name.
    pub requesting_office_name: Option<String>,
    /// The account that asks.
    pub requester: String,
    /// Open, Opened or Expired.
    pub status: String,
    /// When it was asked.
    pub requested_at: String,
    /// When nobody can approve any more.
    pub expires_at: String,
    /// Offices that are needed.
    pub approvals_needed: u8,
    /// Offices that stand behind it.
    pub approvals: u8,
    /// Shares that were handed over.
    pub shares: Vec<HandedShare>,
}

/// A share that an office handed over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandedShare {
    /// The office.
    pub office: String,
    /// Its name.
    pub office_name: Option<String>,
    /// The account that handed it over.
    pub account: String,
    /// When.
    pub at: String,
}

/// What the city knows of who asks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The account of the session.
    pub account: Option<String>,
    /// The identity, if there is one.
    pub identity: Option<IdentityDetail>,
    /// Roles in force.
    pub roles: Vec<HeldRole>,
    /// Openings of the own record, and other things that happened to the identity.
    pub timeline: Vec<TimelineEntry>,
}

/// An own account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnAccount {
    /// CAIP-10.
    pub account: String,
    /// The address, if it is one of this ledger.
    pub address: Option<String>,
    /// Active, Frozen or Cancelled; none for accounts of other chains.
    pub status: Option<String>,
    /// What it owns of the ledger's coin, in wei.
    pub balance: Option<String>,
    /// Whether the session was made by it.
    pub current: bool,
}

/// Who read or used data about oneself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// What people call them.
    pub who_name: Option<String>,
    /// What was done.
    pub what: String,
    /// Why: case number and legal basis of an opening.
    pub purpose: Option<String>,
    /// Which data.
    pub resource: String,
    /// `ledger` or `console`.
    pub source: String,
}
