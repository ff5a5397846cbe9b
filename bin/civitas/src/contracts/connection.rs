//! The node that a command talks to, and what is asked of it.

use super::{
    catalog::{Contract, catalog},
    fault::{Called, Failure},
    send::failure,
    show::{Names, Presenter, now},
};
use crate::{
    account::Account,
    city::{self, City},
    init::DEVELOPMENT_ACCOUNTS,
    rpc::{self, Chain},
};
use alloy_dyn_abi::{DynSolValue, FunctionExt, JsonAbiExt};
use alloy_primitives::{Address, B256, Bytes, U64};
use alloy_sol_types::SolCall;
use anyhow::Context;
use jsonrpsee_client::{
    core::client::{ClientT, Error as ClientError},
    http_client::HttpClient,
    rpc_params,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// A node that takes longer for its first answer counts as down.
const FIRST_ANSWER_WAIT: Duration = Duration::from_secs(3);
/// Error code of a call that reverted.
const REVERTED: i32 = 3;
/// Organisations and roles whose names are shown, at most.
const NAMES_MAX: u64 = 100;

/// Where the ledger is.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeOptions {
    /// JSON-RPC address of a node; without it, the first node of the city in --dir that answers.
    #[arg(long, value_name = "URL", env = "CIVITAS_RPC")]
    pub rpc: Option<String>,
    /// Folder of the city.
    #[arg(long, default_value = "city", value_name = "FOLDER")]
    pub dir: PathBuf,
}

/// A node that answers.
pub struct Connection {
    /// Calls it.
    pub client: HttpClient,
    /// Its address.
    pub url: String,
    /// What the ledger asks of transactions.
    pub chain: Chain,
    /// Keys of the city's nodes by their names.
    pub nodes: BTreeMap<String, B256>,
    /// Whether the city's well-known accounts are its own.
    development: bool,
}

/// A call that is not a transaction.
#[derive(Clone, Debug)]
pub struct Query {
    /// Who calls; the zero address if it does not matter.
    pub from: Address,
    /// Whom.
    pub to: Address,
    /// Selector and arguments.
    pub data: Bytes,
    /// At which block: a height, a hash or a tag.
    pub block: String,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The contract refused.
    #[error("the call reverted with {output}")]
    Reverted {
        /// What it gave: an encoded error.
        output: Bytes,
    },
    /// The node refused.
    #[error("{message}")]
    Refused {
        /// Its words.
        message: String,
    },
    /// The node does not answer any more.
    #[error("the node does not answer")]
    Transport {
        /// Why not.
        #[source]
        source: Box<ClientError>,
    },
}

/// A log of a receipt or of a simulated call.
#[derive(Clone, Debug, Deserialize)]
pub struct LogParts {
    /// The contract.
    pub address: Address,
    /// Topics.
    pub topics: Vec<B256>,
    /// Data.
    pub data: Bytes,
}

/// A receipt with its logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// 1 if it was executed to its end.
    pub status: U64,
    /// Height of its block.
    pub block_number: U64,
    /// Gas that it used.
    pub gas_used: U64,
    /// Logs.
    pub logs: Vec<LogParts>,
}

impl NodeOptions {
    /// Connects to the node, or to the first of the city that answers.
    ///
    /// # Errors
    /// [`Failure::Unreachable`] if none answers.
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let city = match &self.rpc {
            // The folder is a convenience here: names of nodes.
            Some(_) => City::load(&self.dir).ok(),
            None => {
                Some(City::load(&self.dir).context("give --dir FOLDER of a city, or --rpc URL of a node")?)
            }
        };
        let of_city = || city.iter().flat_map(|city| &city.nodes);
        let urls: Vec<String> = match &self.rpc {
            Some(url) => vec![url.clone()],
            None => of_city().map(|node| city::url(node.rpc)).collect(),
        };
        for url in &urls {
            let client = rpc::client(url)?;
            let answer = tokio::time::timeout(FIRST_ANSWER_WAIT, rpc::chain(&client)).await;
            let Ok(Ok(chain)) = answer else { continue };
            return Ok(Connection {
                client,
                url: url.clone(),
                chain,
                nodes: of_city()
                    .map(|node| (node.name.clone(), B256::from(node.public_key)))
                    .collect(),
                development: city.as_ref().is_some_and(|city| city.development),
            });
        }
        let cure = match &self.rpc {
            Some(_) => "is it running, is the address right?".to_owned(),
            None => format!("start the city with `civitas up --dir {}`", self.dir.display()),
        };
        Err(Failure::unreachable(format!("no node answers at {}: {cure}", urls.join(", "))).into())
    }
}

impl Connection {
    /// Any method.
    ///
    /// # Errors
    /// What the node answers.
    pub async fn ask<T: DeserializeOwned>(&self, method: &str, params: Vec<Value>) -> Result<T, CallError> {
        let mut arguments = rpc_params![];
        for param in params {
            arguments
                .insert(param)
                .map_err(|error| ClientError::Custom(error.to_string()))?;
        }
        Ok(self.client.request(method, arguments).await?)
    }

    /// A call that changes nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call(&self, query: &Query) -> Result<Bytes, CallError> {
        let call = json!({ "from": query.from, "to": query.to, "input": query.data });
        self.ask("eth_call", vec![call, json!(query.block)]).await
    }

    /// Calls a function of a system contract at the newest block.
    ///
    /// # Errors
    /// The contract does not have the function, or [`CallError`].
    pub async fn read(
        &self,
        contract: &Contract,
        function: &str,
        arguments: &[DynSolValue],
    ) -> anyhow::Result<Vec<DynSolValue>> {
        let function = contract
            .function(function)
            .with_context(|| format!("{} has no function {function}", contract.system.name))?;
        let called = Called { contract, function };
        let data = function.abi_encode_input(arguments)?;
        let output = self.answer(called, data.into()).await?;
        Ok(function.abi_decode_output(&output)?)
    }

    /// Calls a function of a system contract that this program knows by its type.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn typed<C: SolCall>(&self, to: Address, call: &C) -> anyhow::Result<C::Return> {
        let contract = catalog().at(&to).context("no system contract has that address")?;
        let function = contract
            .function_of(C::SELECTOR)
            .with_context(|| format!("{} has no function {}", contract.system.name, C::SIGNATURE))?;
        let called = Called { contract, function };
        let output = self.answer(called, call.abi_encode().into()).await?;
        Ok(C::abi_decode_returns(&output)?)
    }

    async fn answer(&self, called: Called<'_>, data: Bytes) -> anyhow::Result<Bytes> {
        let query = Query {
            from: Address::ZERO,
            to: called.contract.system.address,
            data,
            block: "latest".to_owned(),
        };
        let names = Names::default();
        let presenter = Presenter {
            catalog: catalog(),
            names: &names,
            now: now(),
        };
        let output = self.call(&query).await;
        let output = output.map_err(|error| failure(&presenter, called, error))?;
        self.require_output(&output)?;
        Ok(output)
    }

    /// Every function answers something; an account without code answers nothing.
    ///
    /// # Errors
    /// The ledger has no system contracts.
    pub fn require_output(&self, output: &Bytes) -> anyhow::Result<()> {
        anyhow::ensure!(
            !output.is_empty(),
            "the ledger at {} has no system contracts: it was imported, or made by an older version",
            self.url
        );
        Ok(())
    }

    /// Gas that a transaction needs, with a margin: other transactions may come before it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn estimate(&self, account: &Account, to: Address, data: &Bytes) -> Result<u64, CallError> {
        let call = json!({ "from": account.address, "to": to, "input": data });
        let gas: U64 = self.ask("eth_estimateGas", vec![call]).await?;
        let gas: u64 = gas.to();
        Ok(gas.saturating_add(gas / 4).min(self.chain.gas_max.max(gas)))
    }

    /// The receipt of a transaction, once it is in a block.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, CallError> {
        self.ask("eth_getTransactionReceipt", vec![json!(hash)]).await
    }

    /// Why a transaction was ordered but left out of its block, if it was.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn omission(&self, hash: B256) -> Result<Option<String>, CallError> {
        let omissions: Vec<Value> = self.ask("civitas_getOmitted", vec![json!(hash)]).await?;
        let reason = omissions.first().and_then(|omission| omission["reason"].as_str());
        Ok(reason.map(str::to_owned))
    }

    /// What ids and addresses are called, as far as the ledger says. A ledger without names is shown without them.
    pub async fn names(&self) -> Names {
        let mut names = Names::default();
        for contract in &catalog().contracts {
            let name = contract.system.name.to_owned();
            names.addresses.insert(contract.system.address, name);
        }
        if self.development {
            for (index, address) in DEVELOPMENT_ACCOUNTS.iter().enumerate() {
                names.addresses.insert(*address, format!("dev{index}"));
            }
        }
        for (name, key) in &self.nodes {
            names.words.insert(*key, name.clone());
        }
        for (contract, list) in [("Organisations", "organisations"), ("Roles", "roles")] {
            let Some(contract) = catalog().named(contract) else {
                continue;
            };
            let page = [
                DynSolValue::Uint(alloy_primitives::U256::ZERO, 64),
                DynSolValue::Uint(alloy_primitives::U256::from(NAMES_MAX), 64),
            ];
            let Ok(listed) = self.read(contract, list, &page).await else {
                continue;
            };
            for entry in listed.first().and_then(DynSolValue::as_array).unwrap_or_default() {
                if let Some([DynSolValue::FixedBytes(id, _), DynSolValue::String(name), ..]) =
                    entry.as_tuple()
                {
                    names.words.insert(*id, name.clone());
                }
            }
        }
        names
    }
}

impl From<ClientError> for CallError {
    fn from(error: ClientError) -> Self {
        let ClientError::Call(object) = error else {
            return Self::Transport {
                source: Box::new(error),
            };
        };
        let data = object
            .data()
            .and_then(|data| serde_json::from_str::<Bytes>(data.get()).ok());
        match data {
            Some(output) if object.code() == REVERTED => Self::Reverted { output },
            _ => Self::Refused {
                message: object.message().to_owned(),
            },
        }
    }
}
