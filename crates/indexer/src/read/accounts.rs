//! Accounts and contracts.

use super::{
    Account, Contract, ContractOrigin, Page, PageRequest, Reader,
    cursor::{Part, page},
};
use crate::{
    Error,
    database::{Row, Statement, Value},
    place::parts,
};
use alloy_primitives::Address;
use civitas_sdk::contracts;

/// Above every address: where a list that goes down begins.
const ADDRESS_FIRST: [u8; 21] = [0xff; 21];

const ACCOUNT: &str = "SELECT a.address, a.first_position, a.last_position, a.sent, a.received, a.transfers, \
                       CASE WHEN c.address IS NULL THEN 0 ELSE 1 END FROM accounts a LEFT JOIN contracts c \
                       ON c.ledger = a.ledger AND c.address = a.address WHERE a.ledger = $1 AND";

impl Reader {
    /// Accounts of a ledger, those seen last for the first time first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn accounts(&self, ledger: &str, request: &PageRequest) -> Result<Page<Account>, Error> {
        let id = self.id(ledger).await?;
        let after = request.after([Part::Number(i64::MAX), Part::Bytes(ADDRESS_FIRST.to_vec())])?;
        let statement = Statement::new(format!(
            "{ACCOUNT} (a.first_position, a.address) < ($2, $3) ORDER BY a.first_position DESC, a.address DESC LIMIT $4"
        ));
        let statement = statement
            .bind(id)
            .bind_all(after.map(Value::from))
            .bind(request.count_and_one());
        let rows = self.database.rows(statement).await?;
        let keyed: Result<Vec<_>, Error> = rows.into_iter().map(account_of).collect();
        Ok(page(keyed?, request.count()))
    }

    /// An account of a ledger; none if it took part in nothing.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn account(&self, ledger: &str, address: Address) -> Result<Option<Account>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new(format!("{ACCOUNT} a.address = $2"))
            .bind(id)
            .bind(address);
        let row = self.database.row(statement).await?;
        Ok(row.map(account_of).transpose()?.map(|(_, account)| account))
    }

    /// Contracts of a ledger, the newest first. Without ABI and source.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn contracts(&self, ledger: &str, request: &PageRequest) -> Result<Page<Contract>, Error> {
        let id = self.id(ledger).await?;
        let after = request.after([Part::Number(i64::MAX), Part::Bytes(ADDRESS_FIRST.to_vec())])?;
        let statement = select(
            "NULL, NULL",
            "(c.first_position, c.address) < ($2, $3) ORDER BY c.first_position DESC, c.address DESC LIMIT $4",
        );
        let statement = statement
            .bind(id)
            .bind_all(after.map(Value::from))
            .bind(request.count_and_one());
        let rows = self.database.rows(statement).await?;
        let keyed: Result<Vec<_>, Error> = rows.into_iter().map(contract_of).collect();
        Ok(page(keyed?, request.count()))
    }

    /// A contract of a ledger, with ABI and source where they are known.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn contract(&self, ledger: &str, address: Address) -> Result<Option<Contract>, Error> {
        let id = self.id(ledger).await?;
        let statement = select("c.abi, c.source", "c.address = $2").bind(id).bind(address);
        let row = self.database.row(statement).await?;
        let mut contract = row.map(contract_of).transpose()?.map(|(_, contract)| contract);
        if let Some(contract) = &mut contract
            && contract.origin == ContractOrigin::System
            && let Some(system) = contracts::contract_at(contract.address)
        {
            contract.abi = serde_json::to_value(&system.abi).ok();
        }
        Ok(contract)
    }
}

fn select(texts: &str, condition: &str) -> Statement {
    Statement::new(format!(
        "SELECT c.address, c.first_position, c.origin, c.creator, t.hash, c.code_hash, c.code_size, c.name, \
         CASE WHEN c.abi IS NULL THEN 0 ELSE 1 END, {texts} FROM contracts c LEFT JOIN transactions t ON t.ledger = c.ledger \
         AND t.position = c.first_position AND c.origin <> 0 WHERE c.ledger = $1 AND {condition}"
    ))
}

fn account_of(mut row: Row) -> Result<([Part; 2], Account), Error> {
    let (address, first): (Address, i64) = (row.take()?, row.take()?);
    let account = Account {
        address,
        first_block: parts(first).0,
        last_block: parts(row.take()?).0,
        sent: row.take()?,
        received: row.take()?,
        transfers: row.take()?,
        contract: row.take::<i64>()? != 0,
    };
    Ok(([Part::Number(first), Part::Bytes(address.to_vec())], account))
}

fn contract_of(mut row: Row) -> Result<([Part; 2], Contract), Error> {
    let (address, first): (Address, i64) = (row.take()?, row.take()?);
    let origin = match row.take::<i64>()? {
        0 => ContractOrigin::System,
        1 => ContractOrigin::Transaction,
        2 => ContractOrigin::Contract,
        _ => ContractOrigin::Events,
    };
    let (creator, transaction, code_hash) = (row.take()?, row.take()?, row.take()?);
    let (code_size, name) = (row.take()?, row.take()?);
    let has_abi = row.take::<i64>()? != 0;
    let (abi, source): (Option<String>, Option<String>) = (row.take()?, row.take()?);
    let parsed = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
    let contract = Contract {
        address,
        origin,
        creator,
        first_block: parts(first).0,
        transaction,
        code_hash,
        code_size,
        name,
        verified: has_abi || origin == ContractOrigin::System,
        abi: parsed(abi),
        source: parsed(source),
    };
    Ok(([Part::Number(first), Part::Bytes(address.to_vec())], contract))
}
