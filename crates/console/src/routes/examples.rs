//! Endpoint: the accounts of a development city that anybody can sign in with.
//!
//! Their keys are those of a mnemonic that every Ethereum tool knows, so nothing is told that was a secret. What is told about them is
//! what the ledger says now. Invariant: in a city that is not one of development the list is empty.

use super::prelude::*;
use crate::{account_view, login::did};
use alloy_primitives::{Address, address};
use futures::future::try_join_all;

/// The first accounts of the mnemonic `test test test test test test test test test test test junk`: ten that a development city funds, and
/// eight who live in a sample.
const WELL_KNOWN: [Address; 18] = [
    address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
    address!("Bcd4042DE499D14e55001CcbB24a551F3b954096"),
    address!("71bE63f3384f5fb98995898A86B02Fb2426c5788"),
    address!("FABB0ac9d68B0B445fB7357272Ff202C5651694a"),
    address!("1CBd3b2770909D4e10f157cABC84C7264073C9Ec"),
    address!("dF3e18d64BC6A983f673Ab319CCaE4f1a57C7097"),
    address!("cd3B766CCDd6AE721141F452C550Ca635964ce71"),
    address!("2546BcD3c84621e976D8185a91A922aE77ECEc30"),
    address!("bDA5747bFD65F08deb54cb465eB87D40e51B197E"),
];

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(examples))
}

/// Accounts of a development city that anybody can sign in with; none in any other city.
#[utoipa::path(
    get,
    path = "/session/examples",
    tag = "session",
    responses((status = 200, body = page::Page<explorer::ExampleAccount>))
)]
pub async fn examples(State(console): State<Shared>) -> Answer<page::Page<explorer::ExampleAccount>> {
    if !console.config.city.development {
        return Ok(Json(page::Page::whole(Vec::new())));
    }
    let main = console.main().await?;
    let registry = console.registries.known().await;
    let (console, main, registry) = (&console, &main, &registry);
    let examples = WELL_KNOWN.iter().enumerate().map(|(index, account)| async move {
        let session = console.logins.prospect(*account).await;
        let roles = account_view::held(main, registry, *account, session.identity).await?;
        Ok::<_, Problem>(explorer::ExampleAccount {
            index,
            account: account.to_string(),
            identity: session.identity.map(did),
            roles,
            personas: session.personas,
            rights: session.rights,
        })
    });
    let mut examples = try_join_all(examples).await?;
    // Who neither holds a role nor is known by an identity is of no use to anybody.
    examples.retain(|example| !example.roles.is_empty() || example.identity.is_some());
    Ok(Json(page::Page::whole(examples)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;
    use secp256k1::{Secp256k1, SecretKey};

    /// Keys are derived elsewhere; the first one is known by heart.
    #[test]
    fn the_first_account_is_the_one_that_everybody_knows() {
        let key: [u8; 32] =
            alloy_primitives::b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").0;
        let public = SecretKey::from_byte_array(key)
            .unwrap()
            .public_key(&Secp256k1::new())
            .serialize_uncompressed();
        assert_eq!(WELL_KNOWN[0], Address::from_slice(&keccak256(&public[1..])[12..]));
    }
}
