import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Trust in the system's certificates and in those of `caCerts` (PEM): one context for all connections, as making it takes many ms. Throws where one cannot be read: TLS itself
 * would pass over it and fail later without a reason. [Knative Addressable CACerts]
 */
export function trusting(caCerts: string): { readonly secureContext: SecureContext } {
  const certificates = caCerts.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new Error('no certificate found');
  for (const certificate of certificates) void new X509Certificate(certificate);
  return { secureContext: createSecureContext({ ca: [...getCACertificates('default'), ...certificates] }) };
}
