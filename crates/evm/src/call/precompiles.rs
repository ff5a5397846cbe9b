//! The precompiles of calls: those of the fork, with the changes of the overrides.

use super::overrides::OverrideError;
use crate::system::{CityPrecompiles, SystemContracts};
use alloy_evm::{
    Database, EvmEnv,
    eth::{EthEvm, EthEvmBuilder, EthEvmContext},
    precompiles::PrecompilesMap,
};
use alloy_primitives::{Address, map::AddressSet};
use alloy_rpc_types_eth::state::StateOverride;
use revm::{
    Inspector,
    context_interface::ContextTr,
    handler::PrecompileProvider,
    interpreter::{CallInputs, InterpreterResult},
    precompile::{PrecompileSpecId, Precompiles},
    primitives::hardfork::SpecId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The EVM of calls, simulations and replays.
pub(crate) type CallEvm<DB, I> = EthEvm<DB, I, CityPrecompiles<CallPrecompiles>>;

/// An EVM that `inspector` watches.
pub(crate) fn call_evm<DB, I>(
    database: DB,
    environment: EvmEnv,
    precompiles: CityPrecompiles<CallPrecompiles>,
    inspector: I,
) -> CallEvm<DB, I>
where
    DB: Database,
    I: Inspector<EthEvmContext<DB>>,
{
    let evm = EthEvmBuilder::new(database, environment)
        .inspector(inspector)
        .build();
    EthEvm::new(evm.into_inner().with_precompiles(precompiles), true)
}

/// The precompiles that overrides take away, and where they move to.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrecompileChanges {
    removed: BTreeSet<Address>,
    moved: BTreeMap<Address, Address>,
}

impl PrecompileChanges {
    /// What `overrides` do to the precompiles of `spec_id`.
    pub(crate) fn new(spec_id: SpecId, overrides: &StateOverride) -> Result<Self, OverrideError> {
        let precompiles = of_fork(spec_id);
        let mut changes = Self::default();
        for (address, account) in overrides {
            let is_precompile = precompiles.contains(address);
            if let Some(target) = account.move_precompile_to {
                if !is_precompile {
                    return Err(OverrideError::NotAPrecompile { address: *address });
                }
                if target == *address {
                    return Err(OverrideError::MovedToItself { address: *address });
                }
                if overrides.contains_key(&target) {
                    return Err(OverrideError::AlreadyOverridden { address: target });
                }
                changes.moved.insert(*address, target);
            }
            if is_precompile {
                changes.removed.insert(*address);
            }
        }
        Ok(changes)
    }

    /// The precompiles of `spec_id` after the changes, and the system contracts.
    pub(crate) fn precompiles(
        &self,
        spec_id: SpecId,
        system_contracts: SystemContracts,
    ) -> CityPrecompiles<CallPrecompiles> {
        let mut map = PrecompilesMap::from_static(of_fork(spec_id));
        let mut taken = Vec::with_capacity(self.moved.len());
        for address in &self.removed {
            map.apply_precompile(address, |precompile| {
                if let (Some(precompile), Some(target)) = (precompile, self.moved.get(address)) {
                    taken.push((*target, precompile));
                }
                None
            });
        }
        for (target, precompile) in taken {
            map.apply_precompile(&target, |_| Some(precompile));
        }
        let precompiles = CallPrecompiles {
            map,
            warm: of_fork(spec_id).addresses_set(),
        };
        CityPrecompiles::new(precompiles, system_contracts)
    }
}

fn of_fork(spec_id: SpecId) -> &'static Precompiles {
    Precompiles::new(PrecompileSpecId::from_spec_id(spec_id))
}

/// Precompiles whose warm addresses (EIP-2929) stay those of the fork, as in geth: an overridden precompile is warm
/// although it is plain state now, and the target of a move is cold.
pub(crate) struct CallPrecompiles {
    map: PrecompilesMap,
    warm: &'static AddressSet,
}

impl<CTX> PrecompileProvider<CTX> for CallPrecompiles
where
    CTX: ContextTr,
    PrecompilesMap: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Output = InterpreterResult;

    fn set_spec(&mut self, _: <CTX::Cfg as revm::context_interface::Cfg>::Spec) -> bool {
        false
    }

    fn run(&mut self, context: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        PrecompileProvider::<CTX>::run(&mut self.map, context, inputs)
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.warm
    }

    fn contains(&self, address: &Address) -> bool {
        self.map.get(address).is_some()
    }
}
