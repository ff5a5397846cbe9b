// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

/// An ERC-1155: passes for trams and baths, as many of a kind as its operator hands out.
contract CityPass is ERC1155 {
    address public immutable operator;

    error OnlyTheOperator(address caller);

    constructor() ERC1155("https://passes.city.example/{id}.json") {
        operator = msg.sender;
    }

    function hand(address holder, uint256 kind, uint256 count) external {
        if (msg.sender != operator) revert OnlyTheOperator(msg.sender);
        _mint(holder, kind, count, "");
    }
}
