// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {CityAccess} from "../contracts/CityAccess.sol";
import {CityDeed} from "../contracts/CityDeed.sol";
import {CityToken} from "../contracts/CityToken.sol";

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// Deploys the three contracts of OpenZeppelin, gives the sender a role and issues with it.
contract Deploy {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public constant IS_SCRIPT = true;

    function run() external returns (CityToken token, CityDeed deed) {
        vm.startBroadcast();
        CityAccess access = new CityAccess(msg.sender);
        token = new CityToken(address(access), msg.sender, 1_000 ether);
        deed = new CityDeed();
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = CityToken.mint.selector;
        access.setTargetFunctionRole(address(token), selectors, 17);
        access.grantRole(17, msg.sender, 0);
        token.mint(msg.sender, 5 ether);
        token.transfer(address(0xC171), 6 ether);
        deed.issue(msg.sender, "city:deed/forge");
        vm.stopBroadcast();
    }
}
