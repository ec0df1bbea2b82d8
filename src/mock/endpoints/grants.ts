import type { Making, Resource } from './resource.ts';

/** Lists that name the cursor of the next page. */
export const withNext = { defaultLimit: 20, mostLimit: 1_000, next: true };

/** What a role is, and what is granted with it. */
export function role({ id }: Pick<Making, 'id'>) {
  return {
    id,
    object: 'role',
    name: 'reader',
    description: null,
    permissions: [],
    predefined_role: false,
    resource_type: 'api.organization',
  };
}

/** A role that somebody has, as the lists of a user's or a group's roles show it. */
export function grantedRole(making: Making) {
  return {
    ...role(making),
    assignment_sources: null,
    created_at: null,
    created_by: null,
    created_by_user_obj: null,
    metadata: null,
    updated_at: null,
  };
}

/** Roles of somebody: they are given by the id of a role. */
export function grants(
  path: string,
  within: string,
  object: 'user.role' | 'group.role',
  whom: (id: string, nowSeconds: number) => object,
): Resource {
  const [, owner = ''] = /:(\w+)$/.exec(within) ?? [];
  return {
    endpoint: 'organization',
    path,
    within,
    kind: 'role assignment',
    does: ['create', 'retrieve', 'list', 'delete'],
    prefix: 'role_',
    idOf: (body) => body['role_id'],
    required: ['role_id'],
    make: grantedRole,
    once: (making) => ({
      object,
      role: role(making),
      ...whom(making.params[owner] ?? '', making.nowSeconds),
    }),
    deleted: () => ({ object: `${object}.deleted`, deleted: true }),
    page: withNext,
  };
}

export const user = (id: string, nowSeconds: number) => ({
  user: {
    id,
    object: 'organization.user',
    added_at: nowSeconds,
    name: 'Ada',
    email: 'ada@example.com',
    role: 'reader',
  },
});

export const group = (id: string, nowSeconds: number) => ({
  group: { id, object: 'group', created_at: nowSeconds, name: 'Night shift', scim_managed: false },
});

export const spendAlert =
  (object: string) =>
  ({ id }: Making) => ({
    id,
    object,
    currency: 'USD',
    interval: 'month',
    notification_channel: { type: 'email', recipients: [] },
    threshold_amount: 0,
  });

export const spendAlertFields = ['currency', 'interval', 'notification_channel', 'threshold_amount'];
