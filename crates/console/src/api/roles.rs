//! Roles, grants, and who can do what.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its id: keccak256 of its name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// 0 (lowest) to 100.
    pub level: u8,
    /// Whether only Governance grants and revokes it.
    pub consequential: bool,
    /// Active or Retired.
    pub status: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// Roles that nobody holds together with it.
    pub excludes: Vec<RoleName>,
    /// Grants that have not ended; of more than 2,000, so many.
    pub grants: u64,
    /// Height at which it was defined.
    pub defined_at: u64,
}

/// A role by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
}

/// A permission.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// Call, Deploy, Join, Read or Administer.
    pub action: String,
    /// The contract; none is any.
    pub target: Option<String>,
    /// Name of the contract.
    pub target_name: Option<String>,
    /// The function; none is any.
    pub selector: Option<String>,
    /// Name of the function.
    pub function_name: Option<String>,
}

/// A grant of a role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Its number.
    pub id: u64,
    /// The role.
    pub role: String,
    /// Name of the role.
    pub role_name: Option<String>,
    /// Who holds it: an account, or the id of an identity.
    pub subject: String,
    /// `account` or `identity`.
    pub subject_kind: String,
    /// What people call the holder.
    pub subject_name: Option<String>,
    /// Where it holds.
    pub scope: Scope,
    /// Until when.
    pub expiry: Option<String>,
    /// Whether its holder may delegate it.
    pub delegable: bool,
    /// Who made it.
    pub granter: String,
    /// The grant that it was delegated from.
    pub parent: Option<u64>,
    /// Height at which it was made.
    pub height: u64,
    /// What it is worth now.
    pub status: String,
}

/// Where a grant holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// City, Ledger, Contract, Organisation or Grade.
    pub kind: String,
    /// Its value: 32 bytes.
    pub value: String,
    /// In words.
    pub name: Option<String>,
}

/// Who can do what.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhoCanQuestion {
    /// The contract: its address, or the name of a system contract.
    pub contract: String,
    /// The function: its name, its signature, or its selector.
    pub function: String,
}

/// Who can call a function.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhoCan {
    /// Some of the grants in force that permit it.
    pub items: Vec<Grant>,
    /// The cursor of the next page; none at the end. A page can have fewer items than asked for, or none, before it.
    pub next: Option<String>,
    /// The kind of proposal that can do it.
    pub proposal_kind: Option<String>,
}
