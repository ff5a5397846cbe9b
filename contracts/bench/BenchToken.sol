// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// OpenZeppelin's ERC-20 with a way to give many accounts tokens. Anyone may: it measures, it is worth nothing.
contract BenchToken is ERC20 {
    constructor() ERC20("Bench", "BENCH") {}

    function mint(address[] calldata accounts, uint256 amount) external {
        for (uint256 i = 0; i < accounts.length; i++) {
            _mint(accounts[i], amount);
        }
    }
}
