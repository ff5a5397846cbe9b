// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// OpenZeppelin's AccessManager as it is.
contract CityAccess is AccessManager {
    constructor(address admin) AccessManager(admin) {}
}
