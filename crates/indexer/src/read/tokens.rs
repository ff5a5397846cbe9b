//! Tokens: contracts, transfers, balances, holders.

use super::{
    Balance, Holder, Page, PageRequest, Reader, Token, TokenStandard, Transfer, TransferFilter,
    cursor::{Part, page},
    scan::{Scan, places_after_first},
};
use crate::{
    Error,
    batch::standard_of,
    database::{Row, Statement, Value},
    place::{PLACES_OF_BLOCK, parts},
};
use alloy_primitives::{Address, U256};

const TOKEN: &str = "SELECT address, standard, name, symbol, decimals, supply, holders, transfers, first_position, inconsistent \
                     FROM tokens";

/// Above every 32 bytes: where a list by amount begins.
const BYTES_FIRST: [u8; 33] = [0xff; 33];

impl Reader {
    /// Tokens of a ledger, those with the most transfers first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn tokens(&self, ledger: &str, request: &PageRequest) -> Result<Page<Token>, Error> {
        let id = self.id(ledger).await?;
        let after = request.after([Part::Number(i64::MAX), Part::Bytes(BYTES_FIRST.to_vec())])?;
        let statement = Statement::new(format!(
            "{TOKEN} WHERE ledger = $1 AND (transfers, address) < ($2, $3) ORDER BY transfers DESC, address DESC LIMIT $4"
        ));
        let statement = statement
            .bind(id)
            .bind_all(after.map(Value::from))
            .bind(request.count_and_one());
        let rows = self.database.rows(statement).await?;
        let keyed: Result<Vec<_>, Error> = rows
            .into_iter()
            .map(|row| {
                let token = token_of(row)?;
                let transfers = i64::try_from(token.transfers).unwrap_or(i64::MAX);
                Ok((
                    [Part::Number(transfers), Part::Bytes(token.address.to_vec())],
                    token,
                ))
            })
            .collect();
        Ok(page(keyed?, request.count()))
    }

    /// A token of a ledger.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn token(&self, ledger: &str, address: Address) -> Result<Option<Token>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new(format!("{TOKEN} WHERE ledger = $1 AND address = $2"));
        let row = self.database.row(statement.bind(id).bind(address)).await?;
        row.map(token_of).transpose()
    }

    /// Token transfers of a ledger, newest first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn transfers(
        &self,
        ledger: &str,
        filter: &TransferFilter,
        request: &PageRequest,
    ) -> Result<Page<Transfer>, Error> {
        let id = self.id(ledger).await?;
        let token: Vec<Value> = filter.token.map(Value::from).into_iter().collect();
        let mut filters = Vec::new();
        let ways = match filter.account.map(Value::from) {
            Some(account) => {
                if !token.is_empty() {
                    filters.push(("token = ?", token));
                }
                vec![
                    ("sender = ?", vec![account.clone()]),
                    ("recipient = ?", vec![account]),
                ]
            }
            None if token.is_empty() => vec![("TRUE", Vec::new())],
            None => vec![("token = ?", token)],
        };
        let scan = Scan {
            table: "transfers",
            ledger: id,
            from: i64::MIN,
            until: i64::MAX,
            ways,
            filters,
        };
        let found = scan.find(&self.database, request).await?;
        Ok(Page {
            items: self.transfers_at(id, found.places).await?,
            next: found.next,
        })
    }

    /// The transfers at these places, newest first.
    pub(super) async fn transfers_at(&self, ledger: i64, places: Vec<i64>) -> Result<Vec<Transfer>, Error> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let numbered = places_after_first(places.len());
        let statement = Statement::new(format!(
            "SELECT m.position, m.event_index, t.hash, b.time, m.token, k.name, k.symbol, k.decimals, m.standard, m.sender, \
             m.recipient, m.token_id, m.amount FROM transfers m JOIN transactions t ON t.ledger = m.ledger \
             AND t.position = m.transaction_position JOIN blocks b ON b.ledger = m.ledger \
             AND b.number = m.position / {PLACES_OF_BLOCK} JOIN tokens k ON k.ledger = m.ledger AND k.address = m.token \
             WHERE m.ledger = $1 AND m.position IN ({numbered}) ORDER BY m.position DESC"
        ));
        let places = places.into_iter().map(Value::from);
        let statement = statement.bind(ledger).bind_all(places).once();
        let rows = self.database.rows(statement).await?;
        rows.into_iter().map(transfer_of).collect()
    }

    /// What an account holds, by token.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn balances(
        &self,
        ledger: &str,
        account: Address,
        request: &PageRequest,
    ) -> Result<Page<Balance>, Error> {
        let id = self.id(ledger).await?;
        let after = request.after([Part::Bytes(Vec::new()), Part::Bytes(Vec::new())])?;
        let statement = Statement::new(
            "SELECT h.token, h.token_id, k.name, k.symbol, k.decimals, k.standard, h.amount FROM balances h JOIN tokens k \
             ON k.ledger = h.ledger AND k.address = h.token WHERE h.ledger = $1 AND h.holder = $2 AND (h.token, h.token_id) > ($3, $4) \
             AND h.amount > $5 ORDER BY h.token, h.token_id LIMIT $6",
        );
        let statement = statement
            .bind(id)
            .bind(account)
            .bind_all(after.map(Value::from))
            .bind(U256::ZERO)
            .bind(request.count_and_one());
        let rows = self.database.rows(statement).await?;
        let keyed: Result<Vec<_>, Error> = rows
            .into_iter()
            .map(|mut row| {
                let (token, token_id): (Address, U256) = (row.take()?, row.take()?);
                let (token_name, token_symbol) = (row.take()?, row.take()?);
                let token_decimals = decimals(row.take()?);
                let standard = standard_of(row.take()?)?;
                let balance = Balance {
                    token,
                    token_name,
                    token_symbol,
                    token_decimals,
                    standard,
                    token_id: id_of(standard, token_id),
                    amount: row.take()?,
                };
                let key = [
                    Part::Bytes(token.to_vec()),
                    Part::Bytes(token_id.to_be_bytes_vec()),
                ];
                Ok((key, balance))
            })
            .collect();
        Ok(page(keyed?, request.count()))
    }

    /// Who holds a token, the largest holders first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn holders(
        &self,
        ledger: &str,
        token: Address,
        request: &PageRequest,
    ) -> Result<Page<Holder>, Error> {
        let id = self.id(ledger).await?;
        let Some(known) = self.token(ledger, token).await? else {
            return Ok(page::<_, 3>(Vec::new(), 0));
        };
        let top = || Part::Bytes(BYTES_FIRST.to_vec());
        let after = request.after([top(), top(), top()])?;
        let statement = Statement::new(
            "SELECT holder, token_id, amount FROM balances WHERE ledger = $1 AND token = $2 AND amount > $3 \
             AND (amount, holder, token_id) < ($4, $5, $6) ORDER BY amount DESC, holder DESC, token_id DESC LIMIT $7",
        );
        let statement = statement
            .bind(id)
            .bind(token)
            .bind(U256::ZERO)
            .bind_all(after.map(Value::from))
            .bind(request.count_and_one());
        let rows = self.database.rows(statement).await?;
        let keyed: Result<Vec<_>, Error> = rows
            .into_iter()
            .map(|mut row| {
                let (holder, token_id, amount): (Address, U256, U256) =
                    (row.take()?, row.take()?, row.take()?);
                let key = [
                    amount.to_be_bytes_vec(),
                    holder.to_vec(),
                    token_id.to_be_bytes_vec(),
                ]
                .map(Part::Bytes);
                let holder = Holder {
                    holder,
                    token_id: id_of(known.standard, token_id),
                    amount,
                };
                Ok((key, holder))
            })
            .collect();
        Ok(page(keyed?, request.count()))
    }
}

fn token_of(mut row: Row) -> Result<Token, Error> {
    Ok(Token {
        address: row.take()?,
        standard: standard_of(row.take()?)?,
        name: row.take()?,
        symbol: row.take()?,
        decimals: decimals(row.take()?),
        supply: row.take()?,
        holders: row.take()?,
        transfers: row.take()?,
        first_block: parts(row.take()?).0,
        inconsistent: row.take::<i64>()? != 0,
    })
}

fn transfer_of(mut row: Row) -> Result<Transfer, Error> {
    let (block, _) = parts(row.take()?);
    let (index, transaction, time, token) = (row.take()?, row.take()?, row.take()?, row.take()?);
    let (token_name, token_symbol) = (row.take()?, row.take()?);
    let token_decimals = decimals(row.take()?);
    let standard = standard_of(row.take()?)?;
    let (sender, recipient, token_id) = (row.take()?, row.take()?, row.take()?);
    Ok(Transfer {
        block,
        index,
        transaction,
        time,
        token,
        token_name,
        token_symbol,
        token_decimals,
        standard,
        sender,
        recipient,
        token_id: id_of(standard, token_id),
        amount: row.take()?,
    })
}

fn id_of(standard: TokenStandard, token_id: U256) -> Option<U256> {
    (standard != TokenStandard::Erc20).then_some(token_id)
}

fn decimals(number: Option<i64>) -> Option<u8> {
    number.and_then(|number| u8::try_from(number).ok())
}
