# Bloodbank in one small image: the platform and its services, as `npx bb up` runs them.
# BLOODBANK_HOST is not loopback in a container, so a tokens file is needed: see compose.yaml.
FROM node:22-bookworm-slim AS build
WORKDIR /house
COPY package.json package-lock.json .npmrc ./
COPY holyfields/package.json holyfields/
COPY bloodbank/client/package.json bloodbank/client/
COPY bloodbank/broker/package.json bloodbank/broker/
COPY candystore/package.json candystore/
COPY candybar/package.json candybar/
COPY platform/package.json platform/
COPY platform/bin platform/bin
COPY services services
RUN npm ci
COPY . .
# What `npm run build` does, but for installing once more.
RUN npx tsc -b && npm run build -w candybar && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production BLOODBANK_HOST=0.0.0.0 BLOODBANK_DATA_DIR=/data BLOODBANK_VAULT_DIR=/vault
WORKDIR /house
COPY --from=build /house ./
RUN mkdir /data /vault && chown node:node /data /vault
USER node
VOLUME ["/data", "/vault"]
EXPOSE 8682 5672 15672
# Its own certificate may be made out to another name than this one.
HEALTHCHECK --interval=10s --start-period=10s CMD ["node", "-e", "const { BLOODBANK_TLS_CERT: tls, BLOODBANK_HTTP_PORT: port = 8682 } = process.env; require(tls ? 'https' : 'http').get({ port, path: '/health', host: '127.0.0.1', rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["node", "platform/bin/bb.mjs"]
CMD ["up"]
