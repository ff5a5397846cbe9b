// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ISupervisionHook} from "./ISupervisionHook.sol";
import {Supervised} from "./Supervised.sol";

/// A sample: an ERC-20 of a licensed issuer. Nobody whom the city froze sends, receives, or moves it for somebody else.
contract LicensedToken is ERC20, Supervised {
    address public immutable issuer;

    error OnlyTheIssuer(address caller);

    constructor(string memory name_, string memory symbol_, ISupervisionHook hook_) ERC20(name_, symbol_) Supervised(hook_) {
        issuer = msg.sender;
    }

    function mint(address holder, uint256 amount) external {
        if (msg.sender != issuer) revert OnlyTheIssuer(msg.sender);
        _mint(holder, amount);
    }

    /// All that moves coins passes here: transfer, transferFrom, mint.
    function _update(address from, address to, uint256 amount) internal override supervised {
        if (from != address(0)) _requireFree(from);
        if (to != address(0)) _requireFree(to);
        super._update(from, to, amount);
    }
}
