// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ISupervisionHook} from "./ISupervisionHook.sol";

/// For contracts of a business chain that are under supervision: inherit it, and put `supervised` on every function that changes something.
/// Where others than the caller gain or lose (the holder of a token, who receives it), ask `_requireFree` for each of them, too.
abstract contract Supervised {
    /// Nobody can exchange it: a contract that asks another hook is another contract.
    ISupervisionHook public immutable hook;

    error HookInvalid(address hook);

    constructor(ISupervisionHook hook_) {
        if (address(hook_).code.length == 0) revert HookInvalid(address(hook_));
        hook = hook_;
    }

    /// Reverts while the chain is halted, or this contract or who calls it is frozen. A hook that fails stops the call, too.
    modifier supervised() {
        _requireFree(msg.sender);
        _;
    }

    function _requireFree(address account) internal view {
        hook.check(account, address(this));
    }
}
