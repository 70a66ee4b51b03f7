# The image brings Node 24 itself, so the `node` package and the other development tools stay out.
FROM node:24-slim AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY shared/package.json shared/
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
# Symlinks are kept: the workspace package must resolve to its real place, where types are stripped.
COPY --from=install /app/node_modules node_modules
COPY package.json ./
COPY shared shared
COPY server server
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/main.ts"]
