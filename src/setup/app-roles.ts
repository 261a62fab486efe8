// Ids of Graph's permissions, the same in every tenant and cloud.

/** Application permissions. */
export const roleIds = {
  'Mail.Send': 'b633e1c5-b582-4048-a93e-9f11b44c7e96',
  'Mail.ReadWrite': 'e2a3a72e-5f79-4c64-b1b1-878b674786c9',
} as const;

/** What a user consents to. */
export const delegatedScopeIds = {
  'Mail.Send': 'e383f46e-2787-4529-855e-0e479a3ffac0',
  'Mail.ReadWrite': '024d486e-b451-40bb-833d-3e66d98c5c73',
  offline_access: '7427e0e9-2fba-42fe-b0c0-848c9e6a8182',
} as const;
