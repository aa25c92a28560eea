const image = Buffer.alloc(2 ** 20)
