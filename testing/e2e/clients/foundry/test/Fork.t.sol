// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {CityToken} from "../contracts/CityToken.sol";

interface Vm {
    function envAddress(string calldata name) external view returns (address);
    function envUint(string calldata name) external view returns (uint256);
    function prank(address sender) external;
    function expectRevert(bytes calldata data) external;
    function rollFork(uint256 blockNumber) external;
}

/// Reads and changes, on a fork, what the script deployed on the city.
contract ForkTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    CityToken private token;
    address private holder;

    function setUp() public {
        token = CityToken(vm.envAddress("CITY_TOKEN"));
        holder = vm.envAddress("CITY_HOLDER");
    }

    function testForkSeesTheCity() public view {
        require(block.chainid == vm.envUint("CITY_CHAIN_ID"), "the chain id of the fork");
        require(token.balanceOf(address(0xC171)) == 6 ether, "what the script paid");
        require(token.totalSupply() == 1_005 ether, "what the script issued");
    }

    function testForkCanBeChanged() public {
        vm.prank(holder);
        token.transfer(address(0xF0), 1 ether);
        require(token.balanceOf(address(0xF0)) == 1 ether, "the transfer on the fork");
    }

    function testForkRefusesAsTheCityDoes() public {
        bytes4 selector = IERC20Errors.ERC20InsufficientBalance.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, address(this), 0, 1 ether));
        token.transfer(address(0xF0), 1 ether);
    }

    function testForkAtAnOldBlock() public {
        vm.rollFork(vm.envUint("CITY_BLOCK_BEFORE"));
        require(address(token).code.length == 0, "no token before it was deployed");
    }
}
