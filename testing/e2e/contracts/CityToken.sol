// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// An ERC-20 whose issue is a right that an AccessManager grants.
contract CityToken is ERC20, ERC20Permit, AccessManaged {
    constructor(address authority, address holder, uint256 supply)
        ERC20("City Token", "CITY")
        ERC20Permit("City Token")
        AccessManaged(authority)
    {
        _mint(holder, supply);
    }

    function mint(address holder, uint256 amount) external restricted {
        _mint(holder, amount);
    }
}
