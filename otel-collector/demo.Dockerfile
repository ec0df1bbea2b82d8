# The mock provider and the gateway of the profile `demo`, from the sources as they are: Node 24 runs TypeScript itself.
FROM node:24.11.1-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No script of a package runs.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src ./src
COPY scripts/demo ./scripts/demo
ENV NODE_ENV=production
USER node
