//! From rows of the index to what clients see.

use crate::{
    api::{
        contracts::{ContractDetail, ContractSummary, DecodedCall},
        explorer::{AccountSummary, Balance, BlockSummary, Event},
        page::{Page, Paging},
        tokens::{Holder, Token, TokenBrief, Transfer},
        transactions::TransactionSummary,
    },
    problem::Problem,
    registries::Registry,
    time::iso,
    words,
};
use alloy_primitives::{Address, U256, hex, keccak256};
use civitas_indexer::read;

/// Characters of a text that a stranger's contract says about itself.
const FOREIGN_CHARACTERS_MAX: usize = 80;

/// What page of the index a client wants.
pub fn page(paging: &Paging) -> read::PageRequest {
    read::PageRequest {
        cursor: paging.cursor.clone().filter(|cursor| !cursor.is_empty()),
        limit: Some(paging.limit()),
    }
}

/// A page of the index, each item turned.
pub fn page_of<T, U>(page: read::Page<T>, turn: impl FnMut(T) -> U) -> Page<U> {
    Page {
        items: page.items.into_iter().map(turn).collect(),
        next: page.next,
    }
}

/// An address that a client may have named.
///
/// # Errors
/// It is none.
pub fn address_in(field: &str, text: Option<&str>) -> Result<Option<Address>, Problem> {
    text.filter(|text| !text.is_empty())
        .map(|text| address(field, text))
        .transpose()
}

/// An address that a client named.
///
/// # Errors
/// It is none.
pub fn address(field: &str, text: &str) -> Result<Address, Problem> {
    let named = civitas_sdk::contracts::contract(text).map(|contract| contract.address);
    let parsed = || {
        text.parse()
            .map_err(|_| Problem::invalid(field, "an address: 20 bytes in hexadecimal with 0x"))
    };
    named.map_or_else(parsed, Ok)
}

/// The selector of a method that a client may have named: four bytes, a signature, or a function of a system contract.
///
/// # Errors
/// It is none.
pub fn selector_in(text: Option<&str>) -> Result<Option<[u8; 4]>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let mut bytes = [0; 4];
    if text.starts_with("0x") && hex::decode_to_slice(text, &mut bytes).is_ok() {
        return Ok(Some(bytes));
    }
    if text.ends_with(')') && text.contains('(') {
        let hash = keccak256(text);
        bytes.copy_from_slice(&hash[..4]);
        return Ok(Some(bytes));
    }
    let functions = civitas_sdk::contracts::all()
        .iter()
        .filter_map(|contract| contract.function(text).ok());
    let known = functions.map(|function| function.selector().0).next();
    known.map(Some).ok_or_else(|| Problem::invalid("method", "four bytes with 0x, a signature such as transfer(address,uint256), or a function of a system contract"))
}

/// A block.
pub fn block(registry: &Registry, block: read::Block) -> BlockSummary {
    BlockSummary {
        height: block.number,
        hash: block.hash.to_string(),
        parent_hash: block.parent.to_string(),
        at: iso(block.time),
        transactions: block.transactions,
        gas_used: block.gas_used,
        gas_limit: block.gas_limit,
        beneficiary: block.beneficiary.to_string(),
        proposer: registry.account(&block.beneficiary),
        size_bytes: Some(block.size).filter(|size| *size > 0),
    }
}

/// A transaction in a list.
pub fn transaction(registry: &Registry, transaction: read::Transaction) -> TransactionSummary {
    let selector = transaction.input.first_chunk::<4>().map(hex::encode_prefixed);
    let fee = transaction
        .gas_price
        .saturating_mul(U256::from(transaction.gas_used));
    TransactionSummary {
        hash: transaction.hash.to_string(),
        block: transaction.block,
        index: transaction.index,
        at: iso(transaction.time),
        from: transaction.sender.to_string(),
        from_name: registry.account(&transaction.sender),
        to: transaction.recipient.map(|to| to.to_string()),
        to_name: transaction
            .recipient
            .and_then(|to| registry.account(&to))
            .or_else(|| {
                transaction
                    .decoded
                    .as_ref()
                    .and_then(|decoded| decoded.contract.clone())
            }),
        contract_created: transaction.created.map(|address| address.to_string()),
        value: transaction.value.to_string(),
        selector: selector.filter(|_| transaction.recipient.is_some()),
        method: transaction.decoded.map(|decoded| decoded.name),
        status: if transaction.success { "success" } else { "failed" }.to_owned(),
        gas_used: Some(transaction.gas_used).filter(|gas| *gas > 0),
        fee: (transaction.gas_used > 0).then(|| fee.to_string()),
    }
}

/// Whether number, type and gas limit are known: every transaction of an Ethereum-like ledger has a limit, those of other chains have none.
pub const fn is_metered(transaction: &read::Transaction) -> bool {
    transaction.gas_limit > 0
}

/// The call that a transaction makes.
pub fn call(transaction: &read::Transaction) -> Option<DecodedCall> {
    let to = transaction.recipient?;
    let decoded = transaction.decoded.clone()?;
    Some(DecodedCall {
        address: to.to_string(),
        arguments: words::indexed(decoded.contract.as_deref(), decoded.arguments),
        contract: decoded.contract,
        function: decoded.name,
        signature: decoded.signature,
    })
}

/// An event.
pub fn event(registry: &Registry, event: read::Event) -> Event {
    let decoded = event.decoded;
    let contract = decoded.as_ref().and_then(|decoded| decoded.contract.clone());
    Event {
        block: event.block,
        transaction: event.transaction.to_string(),
        index: event.index,
        at: Some(iso(event.time)),
        address: event.address.to_string(),
        contract_name: registry.account(&event.address).or(contract),
        topics: event.topics.iter().map(ToString::to_string).collect(),
        data: event.data.to_string(),
        name: decoded.as_ref().map(|decoded| decoded.name.clone()),
        arguments: decoded
            .map(|decoded| words::indexed(decoded.contract.as_deref(), decoded.arguments))
            .unwrap_or_default(),
    }
}

/// A transfer.
pub fn transfer(registry: &Registry, transfer: read::Transfer) -> Transfer {
    Transfer {
        block: transfer.block,
        transaction: transfer.transaction.to_string(),
        index: transfer.index,
        at: Some(iso(transfer.time)),
        token: TokenBrief {
            address: transfer.token.to_string(),
            kind: standard(transfer.standard),
            name: transfer.token_name.map(foreign),
            symbol: transfer.token_symbol.map(foreign),
            decimals: transfer.token_decimals,
        },
        from_name: registry.account(&transfer.sender),
        to_name: registry.account(&transfer.recipient),
        from: transfer.sender.to_string(),
        to: transfer.recipient.to_string(),
        token_id: transfer.token_id.map(|id| id.to_string()),
        amount: transfer.amount.to_string(),
    }
}

/// What an account owns.
pub fn balance(balance: read::Balance) -> Balance {
    Balance {
        token: TokenBrief {
            address: balance.token.to_string(),
            kind: standard(balance.standard),
            name: balance.token_name.map(foreign),
            symbol: balance.token_symbol.map(foreign),
            decimals: balance.token_decimals,
        },
        token_id: balance.token_id.map(|id| id.to_string()),
        amount: balance.amount.to_string(),
    }
}

/// A token. `is_whole`: whether the index reaches back to the genesis.
pub fn token(token: read::Token, is_whole: bool) -> Token {
    Token {
        brief: TokenBrief {
            address: token.address.to_string(),
            kind: standard(token.standard),
            name: token.name.map(foreign),
            symbol: token.symbol.map(foreign),
            decimals: token.decimals,
        },
        total_supply: (is_whole && !token.inconsistent).then(|| token.supply.to_string()),
        holders: is_whole.then_some(token.holders),
        transfers: token.transfers,
    }
}

/// Who holds a token.
pub fn holder(registry: &Registry, holder: read::Holder) -> Holder {
    Holder {
        name: registry.account(&holder.holder),
        account: holder.holder.to_string(),
        token_id: holder.token_id.map(|id| id.to_string()),
        amount: holder.amount.to_string(),
    }
}

/// An account in a list.
pub fn account(registry: &Registry, account: read::Account) -> AccountSummary {
    let system = civitas_sdk::contracts::contract_at(account.address).is_some();
    AccountSummary {
        name: registry.account(&account.address),
        kind: match (system, account.contract) {
            (true, _) => "system",
            (false, true) => "contract",
            (false, false) => "account",
        }
        .to_owned(),
        address: account.address.to_string(),
        transactions: account.sent.saturating_add(account.received),
        first_seen: Some(account.first_block),
        last_seen: Some(account.last_block),
    }
}

/// A contract in a list.
pub fn contract(contract: &read::Contract) -> ContractSummary {
    ContractSummary {
        address: contract.address.to_string(),
        name: contract.name.clone(),
        kind: if contract.origin == read::ContractOrigin::System {
            "system"
        } else {
            "contract"
        }
        .to_owned(),
        creator: contract.creator.map(|creator| creator.to_string()),
        transaction: contract.transaction.map(|hash| hash.to_string()),
        created_at: Some(contract.first_block),
        code_hash: contract.code_hash.map(|hash| hash.to_string()),
        abi_known: contract.verified,
    }
}

/// A contract, without what only a node knows.
pub fn contract_detail(contract: read::Contract) -> ContractDetail {
    ContractDetail {
        summary: self::contract(&contract),
        status: None,
        freeze: None,
        code_bytes: contract.code_size,
        abi: contract.abi,
        source: contract.source,
        balance: None,
    }
}

/// The name of a standard.
pub fn standard(standard: read::TokenStandard) -> String {
    match standard {
        read::TokenStandard::Erc20 => "ERC-20",
        read::TokenStandard::Erc721 => "ERC-721",
        read::TokenStandard::Erc1155 => "ERC-1155",
    }
    .to_owned()
}

/// What a stranger's contract says about itself: bounded, and without marks that turn or hide text.
pub fn foreign(text: String) -> String {
    let hidden = |character: &char| {
        character.is_control()
            || matches!(*character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .filter(|character| !hidden(character))
        .take(FOREIGN_CHARACTERS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_named_in_three_ways() {
        let check = |text: &str, expected: Option<&str>| {
            let found = selector_in(Some(text)).ok().flatten().map(hex::encode_prefixed);
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("0xa9059cbb", Some("0xa9059cbb"));
        check("transfer(address,uint256)", Some("0xa9059cbb"));
        check("nothing", None);
        assert!(selector_in(Some("propose")).is_ok());
        assert_eq!(selector_in(Some("")).unwrap(), None);
    }

    #[test]
    fn names_of_strangers_hide_nothing() {
        assert_eq!(foreign("a\u{202e}b\nc".to_owned()), "abc");
        assert_eq!(foreign("x".repeat(1_000)).len(), 80);
    }
}
