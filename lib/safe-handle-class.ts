/** What a class of handles offers besides its constructor. */
export interface SafeHandleClass {
  readonly name: string
  /** What its handles are counted by. Default: the name of the class. */
  readonly kind?: string
  /**
   * Releases a raw handle; false, or an exception, says that it failed. For a handle that nobody disposed
   * it runs whenever another one is opened after a collection, in the middle of other code.
   */
  releaseHandle(handle: any): boolean | void
  /** Whether a raw value means "no handle". Default: whether it is the invalid value given to the constructor. */
  isInvalidHandle?(handle: any): boolean
  /** What `disposeAsync` releases with instead of `releaseHandle`. */
  releaseHandleAsync?(handle: any): Promise<boolean | void>
}
