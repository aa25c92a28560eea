class Pool {}
let shared: Pool | undefined
