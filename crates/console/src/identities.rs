//! Identities and openings as clients see them.

use crate::{
    api::{
        identities::{
            HandedShare, IdentityDetail, IdentitySummary, Method, Opening, Party, Recovery, Service,
            StatusChange,
        },
        page::Page,
    },
    governance::account_of,
    lists::{self, Place},
    login::did,
    problem::Problem,
    registries::{Registry, ask},
    state::Console,
    time::{iso, iso_unless_zero},
};
use alloy_primitives::{B256, hex};
use civitas_indexer::read;
use civitas_system_contracts::{
    address::{IDENTITIES, OFFICES},
    interfaces::{
        IIdentities::{self, Document, KeyType},
        IOffices,
    },
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

/// Statuses by their number in the contract.
const STATUSES: [&str; 4] = ["None", "Active", "Frozen", "Cancelled"];
/// Kinds by their number in the contract.
const KINDS: [&str; 5] = ["None", "Person", "Organisation", "Node", "Thing"];
/// What a key may be for, by its bit.
const PURPOSES: [&str; 5] = [
    "authentication",
    "assertionMethod",
    "keyAgreement",
    "capabilityInvocation",
    "capabilityDelegation",
];
/// Changes of status that are shown, at most.
const HISTORY_MAX: u64 = 100;

/// The id that a client named: a DID, or 32 bytes.
///
/// # Errors
/// It is neither.
pub fn id_of(text: &str) -> Result<B256, Problem> {
    let bare = text.strip_prefix("did:civitas:").unwrap_or(text);
    let mut id = [0; 32];
    hex::decode_to_slice(bare, &mut id).map_err(|_| {
        Problem::invalid(
            "did",
            "did:civitas: and 64 hexadecimal digits, or 32 bytes with 0x",
        )
    })?;
    Ok(B256::from(id))
}

fn number_of(field: &str, names: &[&str], text: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let place = names.iter().position(|name| *name == text && *name != "None");
    let rule = || format!("one of {}", names[1..].join(", "));
    place
        .map(|place| Some(place as u64))
        .ok_or_else(|| Problem::invalid(field, &rule()))
}

/// The number of a status that a client may have named.
///
/// # Errors
/// There is no such status.
pub fn status_number(text: Option<&str>) -> Result<Option<u64>, Problem> {
    number_of("status", &STATUSES, text)
}

/// The number of a kind that a client may have named.
///
/// # Errors
/// There is no such kind.
pub fn kind_number(text: Option<&str>) -> Result<Option<u64>, Problem> {
    number_of("kind", &KINDS, text)
}

fn field(entity: &read::Entity, name: &str) -> u64 {
    let value = &entity.detail[name];
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .unwrap_or_default()
}

/// Whether an entry of the index is of a kind.
pub fn is_kind(entity: &read::Entity, kind: u64) -> bool {
    field(entity, "kind") == kind
}

/// An identity in a list, from the index.
pub fn summary(registry: &Registry, entity: &read::Entity) -> IdentitySummary {
    let organisation = entity.detail["organisation"]
        .as_str()
        .and_then(|text| text.parse::<B256>().ok());
    let organisation = organisation.filter(|id| !id.is_zero());
    let name = |names: &[&str], number: u64| {
        let place = usize::try_from(number).unwrap_or_default();
        names.get(place).copied().unwrap_or("None").to_owned()
    };
    IdentitySummary {
        id: entity.id.clone(),
        did: entity.id.parse().map(did).unwrap_or_default(),
        kind: name(&KINDS, field(entity, "kind")),
        status: name(&STATUSES, entity.status),
        organisation: organisation.map(|id| id.to_string()),
        organisation_name: organisation.and_then(|id| registry.word(&id)),
        created_at: iso(field(entity, "createdAt")),
        accounts: entity.detail["accounts"]
            .as_array()
            .map_or(0, |accounts| accounts.len() as u64),
    }
}

/// An identity, as the ledger says now.
///
/// # Errors
/// There is none, or no node answers.
pub async fn detail(console: &Console, id: B256) -> Result<IdentityDetail, Problem> {
    let main = console.main().await?;
    let registry = console.registries.known().await;
    let history = IIdentities::statusHistoryCall {
        id,
        from: 0,
        count: HISTORY_MAX,
    };
    let (document, history, recovery) = futures::try_join!(
        ask(&main, IDENTITIES, &IIdentities::resolveCall { id }),
        ask(&main, IDENTITIES, &history),
        ask(&main, IDENTITIES, &IIdentities::recoveryOfCall { id }),
    )?;
    let organisation = Some(document.organisation).filter(|id| !id.is_zero());
    Ok(IdentityDetail {
        id: id.to_string(),
        did: document.did.clone(),
        kind: format!("{:?}", document.kind),
        status: format!("{:?}", document.status),
        organisation: organisation.map(|id| id.to_string()),
        organisation_name: organisation.and_then(|id| registry.word(&id)),
        created_at: iso(document.createdAt),
        version: document.version,
        document: did_document(&document),
        controllers: parties(&registry, &document.controllers),
        methods: document.methods.iter().map(method).collect(),
        services: document.services.iter().map(service).collect(),
        commitments: document.commitments.iter().map(ToString::to_string).collect(),
        history: history.iter().map(change).collect(),
        recovery: Recovery {
            recoverers: parties(&registry, &recovery.recoverers),
            threshold: recovery.threshold,
            next_recoverers: parties(&registry, &recovery.nextRecoverers),
            next_threshold: recovery.nextThreshold,
            next_from: iso_unless_zero(recovery.nextFrom),
        },
        accounts: document.accounts,
    })
}

/// The accounts that are bound to an identity, and who vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// CAIP-10.
    pub accounts: Vec<String>,
    /// None if no organisation does.
    pub organisation: Option<B256>,
}

/// The accounts that are bound to an identity now.
///
/// # Errors
/// There is no such identity, or no node answers.
pub async fn bound(console: &Console, id: B256) -> Result<Bound, Problem> {
    let main = console.main().await?;
    let document = ask(&main, IDENTITIES, &IIdentities::resolveCall { id }).await?;
    Ok(Bound {
        accounts: document.accounts,
        organisation: Some(document.organisation).filter(|id| !id.is_zero()),
    })
}

fn parties(registry: &Registry, parties: &[B256]) -> Vec<Party> {
    let party = |party: &B256| match account_of(*party) {
        Some(account) => Party {
            kind: "account".to_owned(),
            id: account.to_string(),
            name: registry.account(&account),
        },
        None => Party {
            kind: "identity".to_owned(),
            id: party.to_string(),
            name: Some(did(*party)),
        },
    };
    parties.iter().map(party).collect()
}

fn purposes(bits: u8) -> Vec<String> {
    let set = PURPOSES
        .iter()
        .enumerate()
        .filter(|(place, _)| bits & (1 << place) != 0);
    set.map(|(_, name)| (*name).to_owned()).collect()
}

fn method(entry: &IIdentities::Method) -> Method {
    Method {
        fragment: entry.fragment.clone(),
        key_type: format!("{:?}", entry.keyType),
        key: entry.key.to_string(),
        purposes: purposes(entry.purposes),
        valid_from: iso(entry.validFrom),
        valid_until: iso_unless_zero(entry.validUntil),
    }
}

fn service(entry: &IIdentities::Service) -> Service {
    Service {
        fragment: entry.fragment.clone(),
        service_type: entry.serviceType.clone(),
        endpoint: entry.endpoint.clone(),
    }
}

fn change(entry: &IIdentities::StatusChange) -> StatusChange {
    StatusChange {
        status: format!("{:?}", entry.status),
        since: iso(entry.since),
        height: entry.height,
        by: entry.by.to_string(),
        reason: entry.reason.clone(),
    }
}

/// The document of DID Core. Keys stand as JSON Web Keys without the coordinates that only compressed forms lack: the
/// raw key is given beside.
fn did_document(document: &Document) -> Value {
    let own = |fragment: &str| format!("{}#{fragment}", document.did);
    let methods: Vec<Value> = document
        .methods
        .iter()
        .map(|method| {
            json!({
                "id": own(&method.fragment),
                "type": "JsonWebKey",
                "controller": document.did,
                "publicKeyJwk": web_key(method),
            })
        })
        .collect();
    let controllers: Vec<String> = document
        .controllers
        .iter()
        .filter(|party| account_of(**party).is_none())
        .map(|party| did(*party))
        .collect();
    let services: Vec<Value> = document
        .services
        .iter()
        .map(|service| json!({ "id": own(&service.fragment), "type": service.serviceType, "serviceEndpoint": service.endpoint }))
        .collect();
    let mut whole = json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": document.did,
        "alsoKnownAs": document.accounts,
        "verificationMethod": methods,
        "service": services,
    });
    if !controllers.is_empty() {
        whole["controller"] = json!(controllers);
    }
    for (place, purpose) in PURPOSES.iter().enumerate() {
        let for_it = document
            .methods
            .iter()
            .filter(|method| method.purposes & (1 << place) != 0);
        let names: Vec<String> = for_it.map(|method| own(&method.fragment)).collect();
        if !names.is_empty() {
            whole[*purpose] = json!(names);
        }
    }
    whole
}

fn web_key(method: &IIdentities::Method) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match (&method.keyType, method.key.len()) {
        (KeyType::Secp256k1 | KeyType::P256, 65) => json!({
            "kty": "EC",
            "crv": if method.keyType == KeyType::P256 { "P-256" } else { "secp256k1" },
            "x": encode(&method.key[1..33]),
            "y": encode(&method.key[33..]),
        }),
        _ => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(&method.key) }),
    }
}

/// Openings, newest first.
///
/// # Errors
/// No node answers.
pub async fn openings(console: &Console, place: Place, limit: u32) -> Result<Page<Opening>, Problem> {
    let main = console.main().await?;
    let registry = console.registries.known().await;
    let count = ask(&main, OFFICES, &IOffices::openingCountCall {}).await?;
    let first = lists::downwards(count, place);
    let last = first.saturating_sub(u64::from(limit)).saturating_add(1).max(1);
    let items: Vec<Opening> = stream::iter((last..=first).rev())
        .map(|id| {
            let (main, registry) = (main.clone(), &registry);
            async move {
                let entry = ask(&main, OFFICES, &IOffices::openingCall { id }).await?;
                Ok::<_, Problem>(opening(registry, &entry))
            }
        })
        .buffered(lists::CALLS_AT_ONCE)
        .try_collect()
        .await?;
    let next = (last > 1 && first > 0).then(|| Place::cursor(last - 1));
    Ok(Page { items, next })
}

/// An opening.
pub fn opening(registry: &Registry, entry: &IOffices::Opening) -> Opening {
    let shares = entry.shares.iter().map(|share| HandedShare {
        office: share.office.to_string(),
        office_name: registry.word(&share.office),
        account: share.account.to_string(),
        at: iso(share.at),
    });
    Opening {
        id: entry.id,
        identity: entry.identity.to_string(),
        did: did(entry.identity),
        record: entry.record,
        case_number: entry.caseNumber.clone(),
        legal_basis: entry.legalBasis.clone(),
        requesting_office: entry.requestingOffice.to_string(),
        requesting_office_name: registry.word(&entry.requestingOffice),
        requester: entry.requester.to_string(),
        status: format!("{:?}", entry.status),
        requested_at: iso(entry.requestedAt),
        expires_at: iso(entry.expiresAt),
        approvals_needed: entry.approvalsNeeded,
        approvals: entry.approvals,
        shares: shares.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_named_by_did_or_id() {
        let digits = "ab".repeat(32);
        for text in [
            format!("did:civitas:{digits}"),
            format!("0x{digits}"),
            digits.clone(),
        ] {
            assert_eq!(id_of(&text).unwrap(), B256::repeat_byte(0xab), "{text}");
        }
        assert!(id_of("did:web:example").is_err());
    }

    #[test]
    fn purposes_are_bits() {
        assert_eq!(purposes(0b10_001), ["authentication", "capabilityDelegation"]);
        assert_eq!(status_number(Some("Frozen")).unwrap(), Some(2));
        assert!(kind_number(Some("None")).is_err());
    }
}
