//! Calls of contracts: made ready to be signed, asked, and passed on.
//!
//! The console holds no key. A wallet signs what [`prepare`] gives, and sends it through [`pass`].

use crate::{
    api::contracts::{Answered, Argument, CallRequest, DecodedCall, Prepared},
    enums,
    ledgers::MAIN,
    lists::CALLS_AT_ONCE,
    login::Session,
    problem::{Kind, Problem},
    shapes,
    state::Console,
    words,
};
use alloy_json_abi::{Function, JsonAbi};
use alloy_primitives::{Address, Bytes, U64, U256};
use civitas_sdk::{Error, abi};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

/// Gas on top of an estimate, in hundredths: state may move until the transaction is executed.
const GAS_MARGIN_PERCENT: u64 = 30;
/// Arguments of a call, at most.
const ARGUMENTS_MAX: usize = 64;
/// Calls in a batch of JSON-RPC, at most: what a wallet asks at once.
const BATCH_MAX: usize = 50;

/// Methods that a wallet needs.
const WALLET_METHODS: &[&str] = &[
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getCode",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_maxPriorityFeePerGas",
    "eth_sendRawTransaction",
    "net_version",
    "web3_clientVersion",
];

/// Methods that read, beside those of wallets, for who is signed in. Whole blocks with their receipts are what a page
/// compares with the signed header.
const READING_METHODS: &[&str] = &[
    "civitas_getCertificate",
    "civitas_getOmitted",
    "civitas_getProof",
    "civitas_ledgers",
    "civitas_parameters",
    "civitas_status",
    "civitas_systemContracts",
    "civitas_validators",
    "debug_getRawBlock",
    "debug_getRawReceipts",
    "eth_createAccessList",
    "eth_getBlockReceipts",
    "eth_getLogs",
    "eth_getProof",
    "eth_getStorageAt",
    "eth_getTransactionByBlockHashAndIndex",
    "eth_getTransactionByBlockNumberAndIndex",
    "eth_syncing",
];

/// A call of a contract whose function is known.
struct Meant {
    to: Address,
    contract: Option<String>,
    function: Function,
    data: Bytes,
}

/// Makes a transaction ready, and says why the ledger would refuse it now.
///
/// # Errors
/// The call is not one of the contract, or no node answers.
pub async fn prepare(
    console: &Console,
    request: &CallRequest,
    session: &Session,
) -> Result<Prepared, Problem> {
    let ledger = request.ledger.as_deref().unwrap_or(MAIN);
    let node = console.ledgers.node(ledger).await?;
    let meant = meant(console, ledger, request).await?;
    let from = shapes::address_in("account", request.account.as_deref())?.or(session.account);
    let value = amount(request.value.as_deref())?;
    let mut call = json!({ "to": meant.to, "input": meant.data, "value": value });
    if let Some(from) = from {
        call["from"] = json!(from);
    }
    let estimate = async { node.request::<U64>("eth_estimateGas", json!([call])).await };
    let nonce = async {
        match from {
            Some(from) => node.nonce(from).await.map(Some),
            None => Ok(None),
        }
    };
    let price = async { node.request::<U256>("eth_gasPrice", Value::Null).await };
    let (chain_id, nonce, price, estimate) = futures::join!(node.chain_id(), nonce, price, estimate);
    let (gas, refused) = match estimate {
        Ok(gas) => {
            let gas: u64 = gas.to();
            (
                Some(gas.saturating_add(gas.saturating_mul(GAS_MARGIN_PERCENT) / 100)),
                None,
            )
        }
        Err(Error::Refused { message, data, .. }) => {
            let registry = console.registries.known().await;
            (
                None,
                Some(words::refusal(Some(&registry), data.as_ref(), &message)),
            )
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Prepared {
        ledger: ledger.to_owned(),
        chain_id: chain_id?,
        to: meant.to.to_string(),
        data: meant.data.to_string(),
        value: value.to_string(),
        from: from.map(|from| from.to_string()),
        nonce: nonce?,
        gas,
        gas_price: price?.to_string(),
        call: meant.shown(),
        refused,
    })
}

/// Asks a contract.
///
/// # Errors
/// The call is not one of the contract, or no node answers.
pub async fn call(
    console: &Console,
    request: &CallRequest,
    session: Option<&Session>,
) -> Result<Answered, Problem> {
    let ledger = request.ledger.as_deref().unwrap_or(MAIN);
    let node = console.ledgers.node(ledger).await?;
    let meant = meant(console, ledger, request).await?;
    let named = shapes::address_in("account", request.account.as_deref())?;
    let from = named
        .or(session.and_then(|session| session.account))
        .unwrap_or_default();
    match node.call_from(from, meant.to, &meant.data).await {
        Ok(output) => {
            let mut results = results(&meant.function, &output)?;
            if let Some(system) = civitas_sdk::contracts::contract_at(meant.to) {
                enums::name_results(system.name, &meant.function.name, &mut results);
            }
            Ok(Answered {
                results,
                refused: None,
            })
        }
        Err(Error::Refused { message, data, .. }) => {
            let registry = console.registries.known().await;
            Ok(Answered {
                results: Vec::new(),
                refused: Some(words::refusal(Some(&registry), data.as_ref(), &message)),
            })
        }
        Err(error) => Err(error.into()),
    }
}

fn results(function: &Function, output: &Bytes) -> Result<Vec<Argument>, Problem> {
    let decoded = abi::decode_output(function, output)
        .map_err(|error| Problem::new(Kind::NODE_REFUSED).with_detail(error.to_string()))?;
    let argument = |index: usize, value: Value| {
        let parameter = function.outputs.get(index);
        Argument {
            name: parameter
                .map(|parameter| parameter.name.clone())
                .unwrap_or_default(),
            kind: parameter
                .map(|parameter| parameter.ty.clone())
                .unwrap_or_default(),
            value,
        }
    };
    // One value comes as it is, several as an object or an array.
    let several = function.outputs.len() > 1;
    Ok(match decoded {
        Value::Array(values) if several => values
            .into_iter()
            .enumerate()
            .map(|(index, value)| argument(index, value))
            .collect(),
        Value::Object(fields) if several => {
            let values = function
                .outputs
                .iter()
                .map(|output| fields.get(&output.name).cloned().unwrap_or_default());
            values
                .enumerate()
                .map(|(index, value)| argument(index, value))
                .collect()
        }
        value => vec![argument(0, value)],
    })
}

impl Meant {
    fn shown(&self) -> DecodedCall {
        let mut single = JsonAbi::new();
        single
            .functions
            .insert(self.function.name.clone(), vec![self.function.clone()]);
        let decoded = abi::decode_call(&single, &self.data);
        DecodedCall {
            address: self.to.to_string(),
            contract: self.contract.clone(),
            function: self.function.name.clone(),
            signature: self.function.signature(),
            arguments: decoded
                .map(|decoded| words::arguments(decoded.arguments))
                .unwrap_or_default(),
        }
    }
}

/// The call that a client means: of a system contract, of one whose ABI is known, or by a signature.
async fn meant(console: &Console, ledger: &str, request: &CallRequest) -> Result<Meant, Problem> {
    if request.arguments.len() > ARGUMENTS_MAX {
        return Err(Problem::invalid("arguments", &format!("at most {ARGUMENTS_MAX}")));
    }
    let to = shapes::address("contract", &request.contract)?;
    let (contract, function) = match civitas_sdk::contracts::contract_at(to) {
        Some(system) => {
            let function = system
                .function(&request.function)
                .map_err(|error| Problem::invalid("function", &error.to_string()))?;
            (Some(system.name.to_owned()), function.clone())
        }
        None => known(console, ledger, to, &request.function).await?,
    };
    let data = abi::encode(&function, &request.arguments)
        .map_err(|error| Problem::invalid("arguments", &error.to_string()))?;
    Ok(Meant {
        to,
        contract,
        function,
        data,
    })
}

async fn known(
    console: &Console,
    ledger: &str,
    to: Address,
    function: &str,
) -> Result<(Option<String>, Function), Problem> {
    let found = console.index.contract(ledger, to).await?;
    let name = found.as_ref().and_then(|contract| contract.name.clone());
    let known: Option<JsonAbi> = found.and_then(|contract| serde_json::from_value(contract.abi?).ok());
    let in_abi = known.and_then(|known| {
        let found = known
            .functions()
            .find(|candidate| candidate.name == function || candidate.signature() == function);
        found.cloned()
    });
    if let Some(function) = in_abi {
        return Ok((name, function));
    }
    let parsed = Function::parse(function).ok().filter(|_| function.contains('('));
    parsed.map(|function| (name, function)).ok_or_else(|| {
        Problem::invalid(
            "function",
            "the ABI of the contract is not known: give the signature, such as transfer(address,uint256)",
        )
    })
}

fn amount(text: Option<&str>) -> Result<U256, Problem> {
    let text = text.filter(|text| !text.is_empty()).unwrap_or("0");
    U256::from_str_radix(text, 10).map_err(|_| Problem::invalid("value", "a decimal number of wei"))
}

/// Passes JSON-RPC on to a node: one call, or a batch.
///
/// # Errors
/// It is no JSON-RPC, or no node answers.
pub async fn pass(console: &Console, ledger: &str, body: Value, signed_in: bool) -> Result<Value, Problem> {
    let node = console.ledgers.node(ledger).await?;
    match body {
        Value::Array(calls) => {
            if calls.is_empty() || calls.len() > BATCH_MAX {
                return Err(Problem::invalid("body", &format!("1 to {BATCH_MAX} calls")));
            }
            let answers: Vec<Value> = stream::iter(calls)
                .map(|call| single(&node, call, signed_in))
                .buffered(CALLS_AT_ONCE)
                .try_collect()
                .await?;
            Ok(Value::Array(answers))
        }
        call => single(&node, call, signed_in).await,
    }
}

async fn single(node: &civitas_sdk::Node, mut call: Value, signed_in: bool) -> Result<Value, Problem> {
    let id = call.get("id").cloned().unwrap_or(Value::Null);
    let answer = |part: &str, value: Value| {
        let mut answer = json!({ "jsonrpc": "2.0", "id": id });
        answer[part] = value;
        answer
    };
    let method = call.get("method").and_then(Value::as_str).map(str::to_owned);
    let Some(method) = method else {
        return Ok(answer("error", json!({ "code": -32600, "message": "no method" })));
    };
    let allowed =
        WALLET_METHODS.contains(&method.as_str()) || signed_in && READING_METHODS.contains(&method.as_str());
    if !allowed {
        return Ok(answer(
            "error",
            json!({ "code": -32601, "message": format!("the console does not pass {method} on") }),
        ));
    }
    let params = call.get_mut("params").map(Value::take).unwrap_or(Value::Null);
    if !(params.is_array() || params.is_null()) {
        return Ok(answer(
            "error",
            json!({ "code": -32602, "message": "params are an array" }),
        ));
    }
    match node.raw(&method, params).await {
        Ok(result) => Ok(answer("result", result)),
        Err(Error::Refused {
            code, message, data, ..
        }) => {
            let mut error = json!({ "code": code, "message": message });
            if let Some(data) = data {
                error["data"] = json!(data);
            }
            Ok(answer("error", error))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_methods_are_sorted_and_apart() {
        for list in [WALLET_METHODS, READING_METHODS] {
            assert!(list.is_sorted());
            assert!(
                list.iter()
                    .all(|method| !method.starts_with("debug_") || method.starts_with("debug_getRaw"))
            );
        }
        assert!(!WALLET_METHODS.iter().any(|method| method.starts_with("debug_")));
        let both = || WALLET_METHODS.iter().chain(READING_METHODS);
        assert!(!both().any(|method| method.starts_with("testing_")));
        assert!(
            WALLET_METHODS
                .iter()
                .all(|method| !READING_METHODS.contains(method))
        );
    }

    #[test]
    fn amounts_are_decimal() {
        assert_eq!(
            amount(Some("1000000000000000000000")).unwrap(),
            U256::from(10_u64).pow(U256::from(21_u64))
        );
        assert!(amount(Some("0x10")).is_err());
        assert!(amount(Some("1.5")).is_err());
    }
}
