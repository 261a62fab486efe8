// What stands in a made configuration until somebody puts in what is theirs: it fits the schema, and is of no use.

export const placeholders = {
  tenant: 'your-tenant.onmicrosoft.com',
  clientId: '00000000-0000-0000-0000-000000000000',
  secret: 'put-the-secret-here',
} as const;
