import { hasCommand } from './commands.js'

/** The cross compiler, and the simulator of the processor. Debian: g++-aarch64-linux-gnu and qemu-user. */
const TOOLS = ['aarch64-linux-gnu-g++', 'qemu-aarch64']

export const ARM64_TOOLS_ARE_HERE = TOOLS.every((tool) => hasCommand(tool))

/** Where the libraries of the C compiler are that the simulated programs use. */
export const ARM64_ROOT = '/usr/aarch64-linux-gnu'
