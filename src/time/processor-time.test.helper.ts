/** How long this process has computed so far: a clock that does not go on while others have the processor. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
