/**
 * The words that an error message may be put together from. The lists are closed on purpose: a word of the provider's
 * that is not in them could be a piece of somebody's prompt.
 */

/** `type` and `code` of errors, as OpenAI and Azure document them or have been seen to send them. */
export const providerWords: ReadonlySet<string> = setOf(`
  account_deactivated api_error array_above_max_length array_below_min_length authentication_error
  billing_hard_limit_reached billing_not_active bio_policy content_filter content_policy_violation
  context_length_exceeded conversation_locked credit_balance_exhausted cyber_policy data_residency_mismatch
  decimal_above_max_value decimal_below_min_value empty_array empty_image_file empty_string
  failed_to_download_image flex_unavailable image_content_policy_violation image_file_not_found
  image_file_too_large image_generation_user_error image_parse_error image_too_large image_too_small
  insufficient_quota integer_above_max_value integer_below_min_value internal_error invalid_api_key
  invalid_base64_image invalid_encrypted_content invalid_file invalid_function_parameters invalid_image
  invalid_image_format invalid_image_mode invalid_image_url invalid_json_schema invalid_organization
  invalid_project invalid_prompt invalid_request invalid_request_error invalid_type invalid_value
  ip_not_authorized max_output_tokens method_not_supported misalignment_policy_violation
  missing_required_parameter missing_scope model_not_found moderation_blocked not_found_error
  organization_spend_limit_exceeded organization_usage_limit_exceeded overloaded_error permission_denied
  permission_error previous_response_not_found project_spend_limit_exceeded rate_limit_error
  rate_limit_exceeded request_timeout requests resource_not_found response_already_completed
  response_not_found server_error server_is_overloaded server_overloaded service_unavailable_error
  slow_down string_above_max_length string_below_min_length tokens unknown_parameter unknown_url
  unsupported_country_region_territory unsupported_file unsupported_image_media_type unsupported_parameter
  unsupported_value usage_limit_exceeded vector_store_timeout
  DeploymentNotFound OperationNotSupported ResourceNotFound ResponsibleAIPolicyViolation
`);

/** Codes of the system, of undici and of TLS. */
export const systemCodes: ReadonlySet<string> = setOf(`
  EADDRNOTAVAIL EAI_AGAIN ECONNABORTED ECONNREFUSED ECONNRESET EHOSTUNREACH EMFILE ENETDOWN ENETUNREACH
  ENFILE ENOTFOUND EPIPE EPROTO ETIMEDOUT
  UND_ERR_ABORTED UND_ERR_BODY_TIMEOUT UND_ERR_CLOSED UND_ERR_CONNECT_TIMEOUT UND_ERR_DESTROYED
  UND_ERR_HEADERS_OVERFLOW UND_ERR_HEADERS_TIMEOUT UND_ERR_INFO UND_ERR_INVALID_ARG
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH UND_ERR_RES_CONTENT_LENGTH_MISMATCH UND_ERR_RES_EXCEEDED_MAX_SIZE
  UND_ERR_SOCKET
  CERT_HAS_EXPIRED CERT_NOT_YET_VALID DEPTH_ZERO_SELF_SIGNED_CERT ERR_SSL_WRONG_VERSION_NUMBER
  ERR_TLS_CERT_ALTNAME_INVALID SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE
`);

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}
